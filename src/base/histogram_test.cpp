#include "base/histogram.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

using std::chrono::microseconds;

double quantile_of(std::initializer_list<std::int64_t> values, double share) {
  Histogram histogram;
  for (const auto value : values) histogram.note(microseconds(value));
  return Histogram::quantile({}, histogram.counts(), share);
}

TEST(Histogram, TellsAQuantileToAFifth) {
  for (std::int64_t value = 1; value < 4'000'000'000; value = value * 17 / 16 + 1) {
    const double told = quantile_of({value}, 0.5);
    EXPECT_NEAR(told, static_cast<double>(value), 0.2 * static_cast<double>(value) + 0.5) << value;
  }
}

TEST(Histogram, TheShareDecidesWhichOfThem) {
  Histogram histogram;
  for (int i = 0; i < 98; ++i) histogram.note(microseconds(1'000));
  for (int i = 0; i < 2; ++i) histogram.note(microseconds(50'000));
  const auto counts = histogram.counts();
  EXPECT_NEAR(Histogram::quantile({}, counts, 0.5), 1'000, 200);
  EXPECT_NEAR(Histogram::quantile({}, counts, 0.98), 1'000, 200);
  EXPECT_NEAR(Histogram::quantile({}, counts, 0.99), 50'000, 10'000);
}

TEST(Histogram, AnIntervalHasItsOwn) {
  Histogram histogram;
  histogram.note(microseconds(10));
  const auto before = histogram.counts();
  EXPECT_EQ(Histogram::quantile(before, histogram.counts(), 0.5), 0) << "nothing was noted in it";
  histogram.note(microseconds(9'000));
  EXPECT_NEAR(Histogram::quantile(before, histogram.counts(), 0.01), 9'000, 1'800);
}

TEST(Histogram, WhatIsBeyondAllBoundsIsInTheLastBucket) {
  EXPECT_GT(quantile_of({std::int64_t{1} << 60}, 0.5), 1e9);
  EXPECT_LT(quantile_of({0, -5}, 0.5), 1);
}

}  // namespace
}  // namespace weir::base
