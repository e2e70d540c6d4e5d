#include "hub/pace.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace weir::hub {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Pace, AllowsOneAtOnceAndTheNextWhenItsTimeHasCome) {
  Pace pace(2);
  base::Clock::Steady now{};
  EXPECT_EQ(pace.allowance(now), 1U);
  pace.spend(1);
  EXPECT_EQ(pace.allowance(now + milliseconds(300)), 0U);
  EXPECT_LE(pace.wait(), milliseconds(200));
  EXPECT_EQ(pace.allowance(now + milliseconds(500)), 1U);
}

TEST(Pace, KeepsToItsRateHoweverItIsAsked) {
  for (const double rate : {0.01, 0.5, 3.0, 10.0, 333.0, 10'000.0}) {
    SCOPED_TRACE(rate);
    base::Random random(7);
    Pace pace(rate);
    base::Clock::Steady now{};
    const double seconds = std::max(20.0, 20 / rate);
    double taken = 0;
    const auto end = now + std::chrono::duration_cast<base::Clock::Steady::duration>(
                               std::chrono::duration<double>(seconds));
    while (now < end) {
      const auto allowed = pace.allowance(now);
      EXPECT_LE(static_cast<double>(allowed), 1 + rate / 10 + 1e-5);
      pace.spend(allowed);
      taken += static_cast<double>(allowed);
      now += allowed == 0 ? std::max<microseconds>(pace.wait(), milliseconds(1))
                          : microseconds(random.below(50'000));
    }
    EXPECT_LE(taken, rate * seconds + 2 + rate / 10);
    EXPECT_GE(taken, rate * seconds * 0.9 - 1);
  }
}

}  // namespace
}  // namespace weir::hub
