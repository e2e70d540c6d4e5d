#include "apps/notifications/lanes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "apps/notifications/addresses.hpp"

namespace weir::apps::notifications {
namespace {

using Admission = Lanes::Admission;

class LanesTest : public testing::Test {
 protected:
  Delivery mail(const std::string& user) { return of("email", user, user + "@example.com"); }
  Delivery push(const std::string& user, const std::string& host) {
    return of("push", user,
              to_json(PushSubscription{.endpoint = fmt::format("https://{}/{}", host, next_),
                                       .p256dh = std::string(86, 'B') + "A",
                                       .auth = std::string(21, 'A') + "A"}));
  }
  Delivery of(const std::string& channel, const std::string& user, const std::string& address) {
    Delivery one;
    one.id = next_++;
    one.user = user;
    one.channel = channel;
    one.address = address;
    return one;
  }
  bool goes(const Delivery& one) {
    return lanes.admit(one) == Admission::kTaken && lanes.begin(one);
  }
  /// Makes a user's push service a slow one.
  void hang(const std::string& user, const std::string& host) {
    const auto one = push(user, host);
    ASSERT_TRUE(goes(one));
    lanes.end(one, true);
    lanes.release(one.id);
  }

  Lanes lanes{4};
  std::int64_t next_ = 1;
};

TEST_F(LanesTest, AChannelThatIsFullLeavesTheOthersTheirRoomAndTheirWorkers) {
  std::size_t taken = 0;
  std::size_t begun = 0;
  for (int i = 0; i < 100; ++i) {
    const auto one = push(fmt::format("user{}", i), fmt::format("push{}.example", i));
    const auto admission = lanes.admit(one);
    if (admission == Admission::kTaken) ++taken;
    if (lanes.begin(one)) ++begun;
    EXPECT_EQ(admission, taken <= 64 && lanes.holds(one.id) ? Admission::kTaken : Admission::kFull);
  }
  EXPECT_EQ(taken, 64U);
  EXPECT_EQ(begun, 4U);
  EXPECT_TRUE(goes(mail("alice")));
}

TEST_F(LanesTest, AUserHasOnePushAtATimeAndRoomForTen) {
  const auto first = push("alice", "a.example");
  ASSERT_TRUE(goes(first));
  const auto second = push("alice", "b.example");
  EXPECT_FALSE(goes(second)) << "whatever the host is";
  EXPECT_TRUE(goes(push("bob", "a.example")));
  for (int i = 2; i < 10; ++i) EXPECT_EQ(lanes.admit(push("alice", "c")), Admission::kTaken);
  EXPECT_EQ(lanes.admit(push("alice", "c.example")), Admission::kPutOff);
  lanes.end(first, false);
  EXPECT_TRUE(lanes.holds(first.id)) << "until it is stored";
  EXPECT_TRUE(lanes.begin(second));
  lanes.release(first.id);
  EXPECT_FALSE(lanes.holds(first.id));
  EXPECT_EQ(lanes.admit(push("alice", "c.example")), Admission::kTaken);
}

TEST_F(LanesTest, AllWhoAreSlowHaveHalfOfTheWorkersTogether) {
  for (int i = 0; i < 8; ++i) hang(fmt::format("slow{}", i), fmt::format("slow{}.example", i));
  std::size_t begun = 0;
  for (int i = 0; i < 8; ++i) {
    begun += goes(push(fmt::format("slow{}", i), "other.example")) ? 1 : 0;
  }
  EXPECT_EQ(begun, 2U);
  EXPECT_FALSE(goes(push("new", "slow1.example"))) << "by its host";
  EXPECT_TRUE(goes(push("ann", "good.example")));
  EXPECT_TRUE(goes(push("ben", "good.example")));
  EXPECT_FALSE(goes(push("cem", "good.example"))) << "there are four workers";
}

TEST_F(LanesTest, WhoIsQuickAgainCountsAsQuick) {
  hang("alice", "a.example");
  auto one = push("alice", "a.example");
  EXPECT_TRUE(lanes.is_slow(one));
  ASSERT_TRUE(goes(one));
  lanes.end(one, false);
  EXPECT_FALSE(lanes.is_slow(one));
}

TEST_F(LanesTest, WhatIsSlowLeavesHalfOfTheRoom) {
  std::size_t taken = 0;
  for (int i = 0; i < 100; ++i) hang(fmt::format("slow{}", i), "slow.example");
  for (int i = 0; i < 100; ++i) {
    const auto admission = lanes.admit(push(fmt::format("slow{}", i), "slow.example"));
    if (admission == Admission::kTaken) ++taken;
    EXPECT_NE(admission, Admission::kFull);
  }
  EXPECT_EQ(taken, 32U);
  EXPECT_EQ(lanes.admit(push("ann", "good.example")), Admission::kTaken);
}

TEST_F(LanesTest, ACopyAnswersWithoutBindingTheOriginal) {
  auto copy = lanes;
  const auto one = mail("alice");
  EXPECT_EQ(copy.admit(one), Admission::kTaken);
  EXPECT_FALSE(lanes.holds(one.id));
}

}  // namespace
}  // namespace weir::apps::notifications
