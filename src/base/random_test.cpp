#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>

namespace weir::base {
namespace {

/// The generator's published test values for the seed 1234567.
TEST(Random, IsSplitMix64) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
}

TEST(Random, RepeatsItselfFromItsSeed) {
  Random a(42);
  Random b(42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(), b.next());
}

TEST(Random, ReachesEveryValueBelowABoundAndNoOther) {
  Random random(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7'000; ++i) {
    const std::uint64_t value = random.below(seen.size());
    ASSERT_LT(value, seen.size());
    ++seen[value];
  }
  for (const int count : seen) EXPECT_NEAR(count, 1'000, 200);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, JitterStaysWithinItsPercentage) {
  Random random(2);
  std::uint64_t least = 5'000;
  std::uint64_t most = 5'000;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t value = random.jitter(5'000, 20);
    least = std::min(least, value);
    most = std::max(most, value);
  }
  EXPECT_GE(least, 4'000u);
  EXPECT_LE(least, 4'010u);
  EXPECT_LE(most, 6'000u);
  EXPECT_GE(most, 5'990u);
  EXPECT_EQ(random.jitter(0, 20), 0u);
  EXPECT_EQ(random.jitter(3, 20), 3u);
}

TEST(RandomSeed, DiffersFromCallToCall) { EXPECT_NE(random_seed(), random_seed()); }

}  // namespace
}  // namespace weir::base
