#include "log/closures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::log {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Closures, TellWhichTopicsEndedUpToAPosition) {
  Closures closures;
  closures.close("b", {7});
  closures.close("c", {9});
  closures.close("a", {7});
  EXPECT_EQ(closures.at("b")->value, 7u);
  EXPECT_THAT(closures.up_to({6}, 10), IsEmpty());
  EXPECT_THAT(closures.up_to({8}, 10), ElementsAre("a", "b"));
  EXPECT_THAT(closures.up_to({9}, 2), ElementsAre("a", "b"));
  EXPECT_EQ(closures.size(), 3u);
}

TEST(Closures, ATopicThatIsOpenedAgainMayEndLater) {
  Closures closures;
  closures.close("a", {1});
  closures.reopen("a");
  closures.reopen("a");
  EXPECT_FALSE(closures.at("a"));
  EXPECT_THAT(closures.up_to({9}, 10), IsEmpty());
  closures.close("a", {3});
  closures.close("a", {5});
  EXPECT_THAT(closures.up_to({4}, 10), IsEmpty());
  EXPECT_THAT(closures.up_to({5}, 10), ElementsAre("a"));
}

}  // namespace
}  // namespace weir::log
