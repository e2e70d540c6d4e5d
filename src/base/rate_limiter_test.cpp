#include "base/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace weir::base {
namespace {

using namespace std::chrono_literals;

const Clock::Steady kStart{1h};

Charge charge(std::string name, std::uint64_t rate, std::uint64_t cost = 1) {
  return {.name = std::move(name), .cost = cost, .rate = rate, .burst = 1s};
}

TEST(RateLimiter, GivesABurstAndThenTheRate) {
  RateLimiter limiter(100);
  const std::vector charges{charge("a", 10)};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limiter.admit(charges, kStart), 0ms) << i;
  EXPECT_EQ(limiter.admit(charges, kStart), 100ms);
  EXPECT_EQ(limiter.admit(charges, kStart + 50ms), 50ms);
  EXPECT_EQ(limiter.admit(charges, kStart + 100ms), 0ms);
  EXPECT_EQ(limiter.admit(charges, kStart + 100ms), 100ms);
}

TEST(RateLimiter, WhatCostsMoreThanABucketHoldsIsAdmittedOnceAndPaidForLater) {
  RateLimiter limiter(100);
  EXPECT_EQ(limiter.admit(std::vector{charge("a", 10, 30)}, kStart), 0ms);
  EXPECT_EQ(limiter.admit(std::vector{charge("a", 10)}, kStart), 2100ms);
  EXPECT_EQ(limiter.admit(std::vector{charge("a", 10)}, kStart + 2100ms), 0ms);
}

TEST(RateLimiter, NothingIsTakenWhenOneOfSeveralRefuses) {
  RateLimiter limiter(100);
  const std::vector both{charge("wide", 100), charge("narrow", 1)};
  EXPECT_EQ(limiter.admit(both, kStart), 0ms);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(limiter.admit(both, kStart), 1000ms);
  for (int i = 0; i < 99; ++i) {
    EXPECT_EQ(limiter.admit(std::vector{charge("wide", 100)}, kStart), 0ms) << i;
  }
  EXPECT_GT(limiter.admit(std::vector{charge("wide", 100)}, kStart), 0ms);
}

TEST(RateLimiter, WhatIsGivenBackCanBeTakenAgainAndNoMore) {
  RateLimiter limiter(100);
  const std::vector charges{charge("a", 3)};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(limiter.admit(charges, kStart), 0ms);
    limiter.refund(charges, kStart);
  }
  limiter.refund(charges, kStart);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.admit(charges, kStart), 0ms);
  EXPECT_GT(limiter.admit(charges, kStart), 0ms);
}

TEST(RateLimiter, NamesDoNotDisturbEachOther) {
  RateLimiter limiter(100);
  EXPECT_EQ(limiter.admit(std::vector{charge("a", 1)}, kStart), 0ms);
  EXPECT_EQ(limiter.admit(std::vector{charge("b", 1)}, kStart), 0ms);
  EXPECT_GT(limiter.admit(std::vector{charge("a", 1)}, kStart), 0ms);
}

TEST(RateLimiter, KeepsNoMoreNamesThanItMay) {
  RateLimiter limiter(160);
  for (int i = 0; i < 10'000; ++i) {
    limiter.admit(std::vector{charge("name " + std::to_string(i), 1)}, kStart);
  }
  EXPECT_LE(limiter.size(), 160U);
  EXPECT_GT(limiter.size(), 100U);
}

TEST(ShareCounter, CountsUpToTheMostAndForgetsThoseWithNone) {
  ShareCounter counter;
  EXPECT_FALSE(counter.add("a", 0));
  EXPECT_TRUE(counter.add("a", 2));
  EXPECT_TRUE(counter.add("a", 2));
  EXPECT_FALSE(counter.add("a", 2));
  EXPECT_TRUE(counter.add("b", 2));
  counter.remove("a");
  EXPECT_TRUE(counter.add("a", 2));
}

}  // namespace
}  // namespace weir::base
