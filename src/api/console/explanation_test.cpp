#include "api/console/explanation.hpp"

#include <gmock/gmock.h>

#include "log/testing/test_log.hpp"
#include "proto/selector.hpp"

namespace weir::api {
namespace {

constexpr base::UnixMillis kNow = 1'000'000;

class ExplanationTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(log_.open()); }

  /// The event as the log has it.
  log::BatchPtr committed(proto::Event event) {
    log_.submit([&](log::Transaction& transaction) -> base::Result<> {
      transaction.append(std::move(event));
      return {};
    });
    log_.log->step_writer();
    return log_.listener.batches.back();
  }

  static Follower follower(const std::vector<std::string>& topics, const std::string& filter = "") {
    Follower made;
    made.wish.selectors =
        std::make_shared<const proto::Selectors>(*proto::make_selectors(topics, {}, 9));
    if (!filter.empty()) {
      hub::Refinement refinement;
      refinement.filter = std::make_shared<const proto::Filter>(*proto::Filter::parse(filter));
      made.wish.refinement = std::make_shared<const hub::Refinement>(std::move(refinement));
    }
    return made;
  }

  std::string verdict(const log::BatchPtr& batch, const Follower& who,
                      base::UnixMillis now = kNow) const {
    return std::string(explain(*batch, 0, who, floors_, now).verdict);
  }

  log::testing::TestLog log_;
  log::Floors floors_;
};

TEST_F(ExplanationTest, TheFirstQuestionThatIsAnsweredWithNoDecides) {
  const auto batch = committed(log::testing::event("t", R"({"n":1})"));
  EXPECT_EQ(verdict(batch, follower({"t"})), "would-be-delivered");
  EXPECT_EQ(verdict(batch, follower({"u"}, "data.n > 5")), "not-subscribed");
  EXPECT_EQ(verdict(batch, follower({"t"}, "data.n > 5")), "filtered");
  auto refused = follower({"t"}, "data.n > 5");
  refused.refused = base::make_error(base::ErrorCode::kForbidden, "why");
  EXPECT_EQ(verdict(batch, refused), "no-access");
  const auto explanation = explain(*batch, 0, refused, floors_, kNow);
  ASSERT_EQ(explanation.steps.size(), 8U);
  EXPECT_EQ(explanation.steps[1].passed, true);
  EXPECT_EQ(explanation.steps[2].passed, false);
  EXPECT_EQ(explanation.steps[4].passed, false) << "every question is answered";
}

TEST_F(ExplanationTest, WhatEndsATopicPassesFilters) {
  const auto batch = committed(log::testing::event("t", "{}", proto::kTerminal));
  EXPECT_EQ(verdict(batch, follower({"t"}, "data.n > 5")), "would-be-delivered");
}

TEST_F(ExplanationTest, WhereAConnectedOneIsDecidesLast) {
  const auto batch = committed(log::testing::event("t", "x"));
  const auto at = (*batch)[0].sequence;
  auto who = follower({"t"});
  const auto place = [&](base::Sequence began, base::Sequence position) {
    who.place = {.began = {batch->epoch(), began}, .position = {batch->epoch(), position}};
    return verdict(batch, who);
  };
  EXPECT_EQ(place({0}, at), "delivered");
  EXPECT_EQ(place({0}, {0}), "not-yet");
  EXPECT_EQ(place(at, at), "before-start");
  place({0}, at);
  who.place->policy = base::SlowConsumer::kDropToLatest;
  EXPECT_EQ(verdict(batch, who), "delivered-or-skipped");
  who.place->policy = base::SlowConsumer::kDisconnect;
  EXPECT_EQ(verdict(batch, who), "delivered");
}

TEST_F(ExplanationTest, WhetherAnExpiredEventWasDeliveredIsKnownOnlyIfItIsStillToCome) {
  auto event = log::testing::event("t", "x");
  event.ttl_ms = 1'000;
  const auto batch = committed(std::move(event));
  const auto end = (*batch)[0].expires;
  auto who = follower({"t"});
  EXPECT_EQ(verdict(batch, who, end - 1), "would-be-delivered");
  EXPECT_EQ(verdict(batch, who, end), "expired");
  who.place = {.began = {batch->epoch(), {0}}, .position = {batch->epoch(), {0}}};
  EXPECT_EQ(verdict(batch, who, end), "expired");
  who.place->position.sequence = (*batch)[0].sequence;
  EXPECT_EQ(verdict(batch, who, end), "delivered-or-expired");
}

TEST_F(ExplanationTest, AnEventIsFoundByItsPositionAlone) {
  const auto batch = committed(log::testing::event("t", "x"));
  const auto at = (*batch)[0].sequence;
  EXPECT_EQ(find_event(*batch, at), 0U);
  EXPECT_EQ(find_event(*batch, at + 1), std::nullopt);
}

}  // namespace
}  // namespace weir::api
