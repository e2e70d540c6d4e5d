#include "hub/delivery_pace.hpp"

#include <gtest/gtest.h>

namespace weir::hub {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class DeliveryPaceTest : public testing::Test {
 protected:
  void deliver_for(microseconds time) {
    const auto began = now_;
    now_ += time;
    pace_.note(began, now_);
  }
  microseconds patience_after(microseconds rest) { return pace_.patience(now_ + rest); }

  DeliveryPace pace_;
  base::Clock::Steady now_{std::chrono::hours(1)};
};

TEST_F(DeliveryPaceTest, NobodyWaitsBeforeTheFirstDelivery) {
  EXPECT_EQ(patience_after({}), microseconds(0));
}

TEST_F(DeliveryPaceTest, AShortDeliveryIsNotWorthWaitingFor) {
  deliver_for(microseconds(100));
  EXPECT_EQ(patience_after({}), microseconds(0));
}

TEST_F(DeliveryPaceTest, ALongDeliveryIsWorthAnEighthOfItself) {
  deliver_for(milliseconds(4));
  EXPECT_EQ(patience_after({}), microseconds(500));
}

TEST_F(DeliveryPaceTest, TheWaitHasALimit) {
  deliver_for(milliseconds(50));
  EXPECT_EQ(patience_after({}), milliseconds(1));
}

TEST_F(DeliveryPaceTest, AnEventAfterARestDoesNotWait) {
  deliver_for(milliseconds(4));
  EXPECT_EQ(patience_after(milliseconds(4)), microseconds(500));
  EXPECT_EQ(patience_after(microseconds(4001)), microseconds(0));
}

}  // namespace
}  // namespace weir::hub
