// Subscribers that want an answer and not a stream: polls.

#include <gmock/gmock.h>

#include "hub/testing/hub_fixture.hpp"

namespace weir::hub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

/// Takes some events and is then done; at the head it stays only while it has none.
class AnswerTransport final : public Transport {
 public:
  explicit AnswerTransport(std::size_t room) : room_(room) {}

  bool one_shot() const override { return true; }
  bool caught_up(SinkId) override {
    at_head = true;
    return !data.empty() || !waits;
  }
  Sent send(SinkId, std::span<const Piece> pieces) override {
    std::size_t taken = 0;
    for (const auto& piece : pieces) {
      for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
        if (data.size() == room_) return {Status::kDone, taken};
        data.emplace_back((**piece.batch)[i].data);
        ++taken;
      }
    }
    return {at_head ? Status::kDone : Status::kOpen, taken};
  }
  Status control(SinkId, std::string_view type, std::string_view json,
                 std::optional<std::uint32_t>) override {
    controls.push_back(std::string(type) + " " + std::string(json));
    return Status::kOpen;
  }
  Status keepalive(SinkId) override {
    ++keepalives;
    return Status::kOpen;
  }
  void end(SinkId, End reason) override {
    ++ends;
    why = reason;
  }
  void abort(SinkId) override {}

  bool waits = false;
  bool at_head = false;
  std::vector<std::string> data;
  std::vector<std::string> controls;
  int keepalives = 0;
  int ends = 0;
  End why = End::kDone;

 private:
  std::size_t room_;
};

class ShardOneShotTest : public HubFixture {
 protected:
  SubscriberId ask(AnswerTransport& transport, Start start, std::uint32_t lifetime_ticks = 0,
                   std::unique_ptr<Lease> lease = nullptr) {
    auto selectors = proto::make_selectors({"a"}, {}, 1);
    const auto id =
        shard().reserve({.selectors = std::make_shared<const proto::Selectors>(*selectors),
                         .transport = &transport,
                         .lifetime_ticks = lifetime_ticks},
                        std::move(lease));
    shard().start(id, id.packed(), false, std::move(start));
    settle();
    return id;
  }
};

TEST_F(ShardOneShotTest, WhatIsThereIsTakenAndThePlaceIsFree) {
  open();
  for (int i = 1; i <= 5; ++i) publish("a", std::to_string(i));
  AnswerTransport answer(10);
  ask(answer, after(2));
  EXPECT_THAT(answer.data, ElementsAre("3", "4", "5"));
  EXPECT_THAT(answer.controls, IsEmpty()) << "no recovery is told";
  EXPECT_EQ(answer.ends, 0);
  EXPECT_EQ(shard().subscribers(), 0U);
  EXPECT_EQ(shard().metrics().subscribers_behind.get(), 0U);
}

TEST_F(ShardOneShotTest, OneThatIsFullBeforeTheHeadIsEnded) {
  base::Settings settings;
  settings.ring_bytes = 1;
  open(settings);
  for (int i = 1; i <= 50; ++i) publish("a", std::to_string(i));
  AnswerTransport answer(3);
  ask(answer, earliest());
  EXPECT_THAT(answer.data, ElementsAre("1", "2", "3"));
  EXPECT_EQ(answer.ends, 1);
  EXPECT_EQ(shard().subscribers(), 0U);
}

TEST_F(ShardOneShotTest, OneThatWaitsEndsWithItsLeaseAndIsToldNothingBefore) {
  base::Settings settings;
  settings.access.auth_expiring = std::chrono::seconds(2);
  open(settings);
  AnswerTransport answer(10);
  answer.waits = true;
  auto lease = std::make_unique<Lease>();
  lease->holder = std::make_unique<LeaseHolder>();
  lease->expires = clock_.unix_millis() + 3000;
  ask(answer, {}, 600, std::move(lease));
  pass(std::chrono::milliseconds(2900));
  EXPECT_EQ(answer.ends, 0);
  pass(std::chrono::milliseconds(200));
  EXPECT_EQ(answer.ends, 1);
  EXPECT_EQ(answer.why, Transport::End::kUnauthorized);
  EXPECT_THAT(answer.controls, IsEmpty());
  EXPECT_EQ(answer.keepalives, 0);
  EXPECT_EQ(shard().subscribers(), 0U);
}

TEST_F(ShardOneShotTest, OneThatWaitsIsDoneWithTheNextDelivery) {
  open();
  AnswerTransport answer(10);
  answer.waits = true;
  const auto id = ask(answer, {});
  publish("b", "elsewhere");
  EXPECT_EQ(shard().position(id), shard().head_cursor());
  EXPECT_EQ(shard().subscribers(), 1U);
  PublishRequest request;
  request.events = {event("a", "1"), event("a", "2")};
  publish_all(std::move(request));
  EXPECT_THAT(answer.data, ElementsAre("1", "2"));
  EXPECT_EQ(answer.ends, 1);
  EXPECT_EQ(shard().subscribers(), 0U);
  EXPECT_EQ(shard().metrics().fell_behind.get(), 0U);
}

TEST_F(ShardOneShotTest, AWaitIsALifetimeWithoutSignsOfLife) {
  base::Settings settings;
  settings.keepalive = std::chrono::milliseconds(200);
  open(settings);
  AnswerTransport answer(10);
  answer.waits = true;
  ask(answer, {}, 20);
  pass(std::chrono::milliseconds(1900));
  EXPECT_EQ(shard().subscribers(), 1U);
  pass(std::chrono::milliseconds(200));
  EXPECT_EQ(answer.ends, 1);
  EXPECT_EQ(answer.keepalives, 0);
  EXPECT_EQ(shard().subscribers(), 0U);
  EXPECT_EQ(shard().metrics().lifetimes_ended.get(), 0U);
}

TEST_F(ShardOneShotTest, AGapIsToldAndADrainEndsTheWait) {
  open();
  publish("a", "1");
  AnswerTransport answer(10);
  ask(answer, {Start::Kind::kCursor, 0, "nonsense"});
  EXPECT_THAT(answer.controls, ElementsAre(StartsWith("gap ")));
  EXPECT_THAT(answer.data, ElementsAre("1"));

  AnswerTransport waiting(10);
  waiting.waits = true;
  ask(waiting, {});
  shard().drain(std::chrono::seconds(1));
  EXPECT_THAT(waiting.controls, ElementsAre(StartsWith("drain ")));
  EXPECT_EQ(waiting.ends, 1);
}

TEST_F(ShardOneShotTest, TheLastEventOfAClosedTopicEndsTheWaitOnce) {
  open();
  AnswerTransport answer(10);
  answer.waits = true;
  ask(answer, {});
  auto last = event("a", "last");
  last.flags = proto::kTerminal;
  publish(std::move(last));
  EXPECT_THAT(answer.data, ElementsAre("last"));
  EXPECT_EQ(answer.ends, 1);
  EXPECT_EQ(shard().subscribers(), 0U);
}

}  // namespace
}  // namespace weir::hub
