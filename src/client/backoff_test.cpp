#include "client/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::client {
namespace {

using std::chrono::milliseconds;

milliseconds longest(int failures, milliseconds retry, milliseconds max) {
  milliseconds found{0};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff(seed, retry, max);
    milliseconds last{0};
    for (int i = 0; i < failures; ++i) last = backoff.after_failure();
    found = std::max(found, last);
  }
  return found;
}

TEST(Backoff, WaitsAfterAnOrderlyEndAsLongAsTheServerAskedFor) {
  Backoff backoff(1, milliseconds(3'000), milliseconds(30'000));
  EXPECT_EQ(backoff.after_end(), milliseconds(3'000));
  backoff.set_retry(milliseconds(60'000));
  EXPECT_EQ(backoff.after_end(), milliseconds(60'000));
}

TEST(Backoff, DoublesItsBoundWithEachFailureUpToTheLimit) {
  const milliseconds retry(1'000), max(8'000);
  EXPECT_LE(longest(1, retry, max), milliseconds(1'000));
  EXPECT_GT(longest(1, retry, max), milliseconds(900));
  EXPECT_LE(longest(2, retry, max), milliseconds(2'000));
  EXPECT_GT(longest(2, retry, max), milliseconds(1'800));
  EXPECT_LE(longest(100, retry, max), max);
  EXPECT_GT(longest(100, retry, max), milliseconds(7'200));
}

TEST(Backoff, IsSpreadOverTheWholeTime) {
  Backoff backoff(7, milliseconds(1'000), milliseconds(1'000));
  int below_half = 0;
  for (int i = 0; i < 1'000; ++i) below_half += backoff.after_failure() < milliseconds(500) ? 1 : 0;
  EXPECT_GT(below_half, 400);
  EXPECT_LT(below_half, 600);
}

TEST(Backoff, StartsAnewAfterASuccess) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Backoff backoff(seed, milliseconds(1'000), milliseconds(30'000));
    for (int i = 0; i < 5; ++i) backoff.after_failure();
    backoff.succeeded();
    EXPECT_LE(backoff.after_failure(), milliseconds(1'000));
  }
}

TEST(Backoff, WaitsAtLeastAsLongAsRetryAfterSays) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Backoff backoff(seed, milliseconds(1'000), milliseconds(30'000));
    const auto wait = backoff.after_failure(milliseconds(7'000));
    EXPECT_GE(wait, milliseconds(7'000));
    EXPECT_LE(wait, milliseconds(8'000));
  }
}

}  // namespace
}  // namespace weir::client
