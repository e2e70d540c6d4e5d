#include "base/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.hpp"

namespace weir::base {
namespace {

std::vector<int> expired_at(TimerWheel<int>& wheel, std::uint64_t tick) {
  std::vector<int> entries;
  wheel.advance(tick, [&](int entry) { entries.push_back(entry); });
  return entries;
}

TEST(TimerWheel, ExpiresAnEntryAtItsTickAndNotBefore) {
  TimerWheel<int> wheel(8);
  wheel.arm(1, 3);
  EXPECT_TRUE(expired_at(wheel, 2).empty());
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_EQ(expired_at(wheel, 3), std::vector<int>{1});
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_TRUE(expired_at(wheel, 30).empty());
}

TEST(TimerWheel, ADeadlineFurtherThanOneTurnWaitsForItsTurn) {
  TimerWheel<int> wheel(8);
  wheel.arm(1, 8);
  wheel.arm(2, 16);
  wheel.arm(3, 17);
  EXPECT_EQ(expired_at(wheel, 8), std::vector<int>{1});
  EXPECT_TRUE(expired_at(wheel, 15).empty());
  EXPECT_EQ(expired_at(wheel, 16), std::vector<int>{2});
  EXPECT_EQ(expired_at(wheel, 17), std::vector<int>{3});
}

TEST(TimerWheel, ATickThatHasPassedExpiresAtTheNext) {
  TimerWheel<int> wheel(8);
  wheel.advance(5, [](int) {});
  wheel.arm(1, 2);
  wheel.arm(2, 5);
  EXPECT_EQ(expired_at(wheel, 6), (std::vector<int>{1, 2}));
}

TEST(TimerWheel, AJumpExpiresEverythingOnTheWayInOrderOfTicks) {
  TimerWheel<int> wheel(4);
  wheel.arm(3, 30);
  wheel.arm(1, 10);
  wheel.arm(2, 11);
  EXPECT_EQ(expired_at(wheel, 100), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(wheel.now(), 100u);
}

TEST(TimerWheel, AnExpiringEntryMayArmItselfAgainIntoItsOwnBucket) {
  TimerWheel<int> wheel(4);
  wheel.arm(0, 4);
  std::vector<std::uint64_t> ticks;
  wheel.advance(16, [&](int entry) {
    ticks.push_back(wheel.now());
    wheel.arm(entry, wheel.now() + 4);
  });
  EXPECT_EQ(ticks, (std::vector<std::uint64_t>{4, 8, 12, 16}));
  EXPECT_EQ(wheel.size(), 1u);
}

TEST(TimerWheel, AgreesWithAnOrderedMapOnRandomDeadlines) {
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  TimerWheel<int> wheel(16);
  std::multimap<std::uint64_t, int> model;
  int next = 0;
  for (std::uint64_t now = 0; now < 2'000;) {
    for (auto n = random.below(4); n > 0; --n) {
      const std::uint64_t tick = now + 1 + random.below(60);
      wheel.arm(next, tick);
      model.emplace(tick, next++);
    }
    now += random.below(5);
    std::vector<int> expected;
    while (!model.empty() && model.begin()->first <= now) {
      expected.push_back(model.begin()->second);
      model.erase(model.begin());
    }
    auto expired = expired_at(wheel, now);
    std::sort(expired.begin(), expired.end());
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(expired, expected) << "at tick " << now;
    ASSERT_EQ(wheel.size(), model.size());
  }
}

}  // namespace
}  // namespace weir::base
