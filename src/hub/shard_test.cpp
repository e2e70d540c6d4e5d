#include "hub/shard.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <utility>

#include "hub/testing/hub_fixture.hpp"
#include "log/testing/test_log.hpp"

namespace weir::hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class ShardTest : public HubFixture {};

TEST_F(ShardTest, ALiveSubscriberGetsEachEventOnceAndInOrder) {
  open();
  auto all = subscribe({"a", "b"});
  auto one = subscribe({"b"});
  publish("a", "1");
  publish("b", "2");
  publish("c", "3");
  publish("b", "4");
  EXPECT_THAT(all.sink.data, ElementsAre("1", "2", "4"));
  EXPECT_THAT(one.sink.data, ElementsAre("2", "4"));
}

TEST_F(ShardTest, AnEventUnderSeveralMatchingTopicsComesOnce) {
  open();
  auto subscriber = subscribe({"a", "b"}, {}, {"**"});
  auto both = event("a", "x");
  both.topics.push_back("b");
  publish(std::move(both));
  EXPECT_THAT(subscriber.sink.data, ElementsAre("x"));
}

TEST_F(ShardTest, WhatWasAcknowledgedBeforeIsNotWhatComes) {
  open();
  publish("a", "before");
  auto subscriber = subscribe({"a"});
  publish("a", "after");
  EXPECT_THAT(subscriber.sink.data, ElementsAre("after"));
  EXPECT_THAT(subscriber.sink.controls, IsEmpty());
}

TEST_F(ShardTest, ResumingBringsExactlyTheMissedEventsAfterTellingHowMany) {
  open();
  for (int i = 1; i <= 5; ++i) publish(i % 2 == 1 ? "a" : "b", std::to_string(i));
  auto subscriber = subscribe({"a"}, after(1));
  EXPECT_THAT(subscriber.sink.data, ElementsAre("3", "5"));
  EXPECT_THAT(subscriber.sink.controls,
              ElementsAre(AllOf(StartsWith("recovery "), HasSubstr("\"events\":2"))));
  publish("a", "6");
  EXPECT_THAT(subscriber.sink.data, ElementsAre("3", "5", "6"));
}

TEST_F(ShardTest, EarliestAndLastBeginWhereTheySay) {
  open();
  for (int i = 1; i <= 5; ++i) publish("a", std::to_string(i));
  EXPECT_THAT(subscribe({"a"}, earliest()).sink.data, ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_THAT(subscribe({"a"}, {Start::Kind::kLast, 2, {}}).sink.data, ElementsAre("4", "5"));
  EXPECT_THAT(subscribe({"a"}, {Start::Kind::kLast, 9, {}}).sink.data,
              ElementsAre("1", "2", "3", "4", "5"));
}

TEST_F(ShardTest, AFullSocketLosesAndRepeatsNothing) {
  open();
  auto slow = subscribe({"a"});
  slow.sink.room = 3;
  std::vector<std::string> expected;
  for (int i = 1; i <= 10; ++i) {
    PublishRequest request;
    for (int j = 0; j < 4; ++j) {
      expected.push_back(std::to_string(i * 10 + j));
      request.events.push_back(event("a", expected.back()));
    }
    publish_all(std::move(request));
  }
  EXPECT_EQ(slow.sink.data.size(), 3U);
  while (slow.sink.data.size() < expected.size()) {
    slow.sink.room = 5;
    const auto before = slow.sink.data.size();
    shard().on_writable(slow.id);
    settle();
    ASSERT_GT(slow.sink.data.size(), before);
  }
  EXPECT_EQ(slow.sink.data, expected);
  slow.sink.room = 100;
  shard().on_writable(slow.id);
  settle();
  publish("a", "live");
  EXPECT_EQ(slow.sink.data.back(), "live");
}

TEST_F(ShardTest, ASubscriberOutsideTheRingReadsTheLog) {
  base::Settings settings;
  settings.ring_bytes = 1;
  open(settings);
  for (int i = 1; i <= 50; ++i) publish("a", std::to_string(i));
  auto subscriber = subscribe({"a"}, after(10));
  ASSERT_EQ(subscriber.sink.data.size(), 40U);
  EXPECT_EQ(subscriber.sink.data.front(), "11");
  EXPECT_THAT(subscriber.sink.controls, ElementsAre(HasSubstr("\"events\":40")));
  EXPECT_GT(shard().metrics().log_reads.get(), 0U);
}

TEST_F(ShardTest, AConflatingSubscriberGetsTheNewestOfEachKey) {
  base::Settings settings;
  settings.slow_consumer = base::SlowConsumer::kConflate;
  open(settings);
  auto slow = subscribe({"a"});
  slow.sink.room = 0;
  for (int i = 1; i <= 6; ++i) {
    auto keyed = event("a", std::to_string(i));
    if (i != 3) keyed.key = i % 2 == 0 ? "even" : "odd";
    publish(std::move(keyed));
  }
  slow.sink.room = 100;
  shard().on_writable(slow.id);
  settle();
  EXPECT_THAT(slow.sink.data, ElementsAre("3", "5", "6"));
}

TEST_F(ShardTest, ASkippingSubscriberIsToldWhatItMissed) {
  base::Settings settings;
  settings.slow_consumer = base::SlowConsumer::kDropToLatest;
  open(settings);
  auto slow = subscribe({"a"});
  slow.sink.room = 1;
  for (int i = 1; i <= 4; ++i) publish("a", std::to_string(i));
  slow.sink.room = 100;
  shard().on_writable(slow.id);
  settle();
  publish("a", "5");
  EXPECT_THAT(slow.sink.data, ElementsAre("1", "5"));
  EXPECT_THAT(slow.sink.controls, ElementsAre(AllOf(StartsWith("gap "), HasSubstr("\"slow\""))));
}

TEST_F(ShardTest, ADisconnectedSubscriberResumesByItsCursor) {
  base::Settings settings;
  settings.slow_consumer = base::SlowConsumer::kDisconnect;
  open(settings);
  auto slow = subscribe({"a"});
  slow.sink.room = 1;
  publish("a", "1");
  publish("a", "2");
  EXPECT_TRUE(slow.sink.aborted);
  EXPECT_EQ(shard().subscribers(), 0U);
  EXPECT_THAT(subscribe({"a"}, after(1)).sink.data, ElementsAre("2"));
}

TEST_F(ShardTest, ACursorThatIsNoGoodIsAnsweredWithAGapAndEverything) {
  open();
  publish("a", "1");
  for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
           {"nonsense", "unknown"},
           {proto::to_string({{123}, {1}}), "epoch"},
           {proto::to_string({log_->epoch(), {99}}), "unknown"}}) {
    auto subscriber = subscribe({"a"}, {Start::Kind::kCursor, 0, text});
    EXPECT_THAT(subscriber.sink.controls,
                ElementsAre(AllOf(StartsWith("gap "), HasSubstr(text), HasSubstr(reason)),
                            StartsWith("recovery ")));
    EXPECT_THAT(subscriber.sink.data, ElementsAre("1"));
  }
}

TEST_F(ShardTest, AClientThatIsAheadOfItsNewShardIsNotToldOfAGap) {
  // The log thread gives the first shard a batch, and wakes it, before it comes to the second: by
  // then a client can have the event and be back, on the second.
  std::optional<Subscription> back;
  bool armed = false;
  wakes_ = {[&] {
              if (!std::exchange(armed, false)) return;
              back.emplace(begin(hub_->shard(1), {"a"}, after(1)));
              hub_->shard(1).run();
            },
            [] {}};
  open();
  armed = true;
  publish("a", "1");
  ASSERT_TRUE(back);
  publish("a", "2");
  EXPECT_THAT(back->sink.data, ElementsAre("2"));
  EXPECT_THAT(back->sink.controls, ElementsAre(StartsWith("recovery ")));
}

TEST_F(ShardTest, ATrimmedTopicTellsItsOwnReadersAndHidesItsEventsOnly) {
  open();
  for (int i = 1; i <= 6; ++i) publish(i % 2 == 1 ? "a" : "b", std::to_string(i));
  std::optional<base::Result<>> trimmed;
  hub_->trim(0, "a", base::Sequence{3}, [&](auto outcome) { trimmed = outcome; });
  settle();
  ASSERT_TRUE(trimmed && *trimmed);

  auto one = subscribe({"a"}, after(1));
  EXPECT_THAT(one.sink.controls, ElementsAre(HasSubstr("trimmed"), HasSubstr("\"events\":1")));
  EXPECT_THAT(one.sink.data, ElementsAre("5"));
  auto other = subscribe({"b"}, after(1));
  EXPECT_THAT(other.sink.controls, ElementsAre(StartsWith("recovery ")));
  EXPECT_THAT(other.sink.data, ElementsAre("2", "4", "6"));
  auto both = subscribe({"a", "b"}, after(1));
  EXPECT_THAT(both.sink.controls, ElementsAre(HasSubstr("trimmed"), HasSubstr("\"events\":4")));
  EXPECT_THAT(both.sink.data, ElementsAre("2", "4", "5", "6"));
  EXPECT_THAT(subscribe({"a"}, earliest()).sink.controls, IsEmpty());
}

TEST_F(ShardTest, ATrimWhileTheLogIsReadIsTold) {
  base::Settings settings;
  settings.ring_bytes = 1;
  open(settings);
  for (int i = 1; i <= 6; ++i) publish("a", std::to_string(i));
  auto selectors = proto::make_selectors({"a"}, {}, 100);
  ASSERT_TRUE(selectors);
  const auto id =
      shard().reserve({std::make_shared<const proto::Selectors>(*selectors), &transport_});
  shard().start(id, 77, false, after(1));
  log_->run_background();
  shard().run();
  ASSERT_EQ(shard().metrics().log_reads.get(), 1U);
  hub_->trim(0, "a", base::Sequence{3}, [](const auto&) {});
  settle();
  EXPECT_THAT(transport_[77].controls, ElementsAre(StartsWith("recovery "), HasSubstr("trimmed")));
  EXPECT_THAT(transport_[77].data, ElementsAre("4", "5", "6"));
}

TEST_F(ShardTest, ATrimThatAReadMeetsBeforeTheShardHearsOfItIsTold) {
  base::Settings settings;
  settings.ring_bytes = 1;
  settings.namespaces = {{.name = "short", .topics = {"short"}, .retention = {.events = 2}}};
  open(settings);
  publish("keeps the log's floor", "1");
  tap_.holds_trims = true;
  for (int i = 2; i <= 6; ++i) publish("short", std::to_string(i));
  ASSERT_GE(tap_.held.size(), 2U);
  auto reader = subscribe({"short"}, after(1));
  EXPECT_THAT(reader.sink.controls, ElementsAre(StartsWith("recovery "), HasSubstr("trimmed")));
  EXPECT_THAT(reader.sink.data, ElementsAre("5", "6"));

  // The messages are old when they come.
  tap_.release();
  settle();
  EXPECT_THAT(reader.sink.controls, SizeIs(2));
  auto later = subscribe({"short"}, after(3));
  EXPECT_THAT(later.sink.controls, ElementsAre(HasSubstr("trimmed"), StartsWith("recovery ")));
}

TEST_F(ShardTest, WhatARestartTookIsToldToWhomItConcernsOnly) {
  const log::testing::TemporaryDirectory directory;
  base::Settings settings;
  settings.data_dir = directory.path();
  settings.namespaces = {{.name = "quick",
                          .topics = {"quick/*"},
                          .retention = {},
                          .durability = base::Durability::kMemory}};
  open(settings);
  publish("stored", "1");
  publish("quick/a", "2");
  publish("stored", "3");
  publish("quick/a", "4");
  open(settings);

  auto quick = subscribe({"quick/a"}, after(2));
  EXPECT_THAT(quick.sink.controls, ElementsAre(HasSubstr("trimmed"), HasSubstr("\"events\":0")));
  auto both = subscribe({"quick/a", "stored"}, after(1));
  EXPECT_THAT(both.sink.controls, ElementsAre(HasSubstr("trimmed"), HasSubstr("\"events\":1")));
  EXPECT_THAT(both.sink.data, ElementsAre("3"));
  EXPECT_THAT(subscribe({}, after(1), {"**"}).sink.controls, SizeIs(2));

  EXPECT_THAT(subscribe({"stored"}, after(1)).sink.controls, ElementsAre(StartsWith("recovery ")));
  EXPECT_THAT(subscribe({"quick/a"}, after(4)).sink.controls, ElementsAre(StartsWith("recovery ")));
  EXPECT_THAT(subscribe({"quick/a"}, earliest()).sink.controls, IsEmpty());

  publish("quick/a", "5");
  EXPECT_THAT(quick.sink.data, ElementsAre("5"));
  EXPECT_THAT(subscribe({"quick/a"}, after(4)).sink.data, ElementsAre("5"));
}

TEST_F(ShardTest, ASecondTrimIsToldThoughItReachesLessFar) {
  open();
  publish("keeps the log's floor", "1");
  for (int i = 2; i <= 7; ++i) publish(i <= 4 ? "b" : "a", std::to_string(i));
  hub_->trim(0, "a", base::Sequence{6}, [](const auto&) {});
  settle();
  transport_[next_sink_].room = 1;
  auto reader = subscribe({"a", "b"}, after(0));
  EXPECT_THAT(reader.sink.data, ElementsAre("2"));
  hub_->trim(0, "b", base::Sequence{4}, [](const auto&) {});
  settle();
  reader.sink.room = 100;
  shard().on_writable(reader.id);
  settle();
  EXPECT_THAT(reader.sink.data, ElementsAre("2", "7"));
  EXPECT_THAT(reader.sink.controls,
              ElementsAre(HasSubstr("trimmed"), StartsWith("recovery "), HasSubstr("trimmed")));
}

TEST_F(ShardTest, AHeartbeatClaimsNothingWhileTheNewestAreLookedFor) {
  open();
  for (int i = 1; i <= 3; ++i) publish("a", std::to_string(i));
  auto selectors = proto::make_selectors({"a"}, {}, 100);
  ASSERT_TRUE(selectors);
  const auto id =
      shard().reserve({std::make_shared<const proto::Selectors>(*selectors), &transport_, 1});
  shard().start(id, 77, false, {Start::Kind::kLast, 2, {}});
  pass(Shard::kTick);
  ASSERT_THAT(transport_[77].controls,
              ElementsAre(HasSubstr(proto::to_string({log_->epoch(), {0}}))));
  settle();
  EXPECT_THAT(transport_[77].data, ElementsAre("2", "3"));
}

TEST_F(ShardTest, EphemeralEventsReachWhoeverIsConnectedAndMoveNoPosition) {
  open();
  auto live = subscribe({"a"});
  auto passing = event("a", "passing");
  passing.flags = proto::kEphemeral;
  const auto answer = publish(std::move(passing));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->first);
  EXPECT_THAT(live.sink.sequences, ElementsAre(0));
  EXPECT_EQ(log_->head().value, 0U);
  EXPECT_THAT(subscribe({"a"}, earliest()).sink.data, IsEmpty());
}

TEST_F(ShardTest, AnExpiredEventIsNotReplayed) {
  open();
  auto brief = event("a", "brief");
  brief.ttl_ms = 1000;
  publish(std::move(brief));
  publish("a", "lasting");
  EXPECT_THAT(subscribe({"a"}, earliest()).sink.data, ElementsAre("brief", "lasting"));
  clock_.advance(std::chrono::seconds(2));
  EXPECT_THAT(subscribe({"a"}, earliest()).sink.data, ElementsAre("lasting"));
}

TEST_F(ShardTest, AClosedTopicEndsItsStreamsAndStaysEnded) {
  open();
  auto live = subscribe({"a"});
  auto wider = subscribe({"a", "b"});
  publish("a", "1");
  auto last = event("a", "2");
  last.flags = proto::kTerminal;
  publish(std::move(last));
  EXPECT_THAT(live.sink.data, ElementsAre("1", "2"));
  EXPECT_TRUE(live.sink.ended);
  EXPECT_FALSE(wider.sink.ended);

  const auto selectors = *proto::make_selectors({"a"}, {}, 1);
  EXPECT_TRUE(shard().ended(selectors, after(2)));
  EXPECT_TRUE(shard().ended(selectors, Start{}));
  EXPECT_FALSE(shard().ended(selectors, after(1)));
  auto resumed = subscribe({"a"}, after(1));
  EXPECT_THAT(resumed.sink.data, ElementsAre("2"));
  EXPECT_TRUE(resumed.sink.ended);
}

TEST_F(ShardTest, SilenceBringsKeepalivesAndHeartbeatsCarryTheCursor) {
  base::Settings settings;
  settings.keepalive = std::chrono::seconds(1);
  open(settings);
  auto subscriber = subscribe({"a"}, {}, {}, 25);
  publish("b", "elsewhere");
  pass(std::chrono::milliseconds(2400));
  EXPECT_EQ(subscriber.sink.keepalives, 2U);
  EXPECT_THAT(subscriber.sink.controls, IsEmpty());
  pass(std::chrono::milliseconds(200));
  EXPECT_THAT(subscriber.sink.controls,
              ElementsAre(AllOf(StartsWith("heartbeat "),
                                HasSubstr(proto::to_string({log_->epoch(), {1}})))));
}

TEST_F(ShardTest, ALifetimeEndsCleanlyWithinItsJitter) {
  base::Settings settings;
  settings.connection_lifetime = std::chrono::seconds(10);
  open(settings);
  auto subscriber = subscribe({"a"});
  pass(std::chrono::milliseconds(7900));
  EXPECT_FALSE(subscriber.sink.ended);
  pass(std::chrono::milliseconds(4300));
  EXPECT_TRUE(subscriber.sink.ended);
  EXPECT_EQ(shard().subscribers(), 0U);
}

TEST_F(ShardTest, BatchesThatWaitTogetherAreOneWrite) {
  open();
  auto subscriber = subscribe({"a"});
  auto slow = subscribe({"a"});
  slow.sink.room = 2;
  for (const auto* data : {"1", "2", "3"}) {
    PublishRequest request;
    request.events = {event("b", "no"), event("a", data)};
    hub_->publish(0, std::move(request), [](const auto&) {});
    ASSERT_TRUE(log_->step_writer());
  }
  shard().run();
  EXPECT_EQ(subscriber.sink.writes, 1U);
  EXPECT_THAT(subscriber.sink.data, ElementsAre("1", "2", "3"));
  // Who was cut short in the middle goes on behind what was taken.
  EXPECT_THAT(slow.sink.data, ElementsAre("1", "2"));
  slow.sink.room = 10;
  shard().on_writable(slow.id);
  settle();
  EXPECT_THAT(slow.sink.data, ElementsAre("1", "2", "3"));
}

TEST_F(ShardTest, AStreamEndsAfterTheLastEventOfItsLastTopicAndNotBefore) {
  open();
  auto both = subscribe({"a", "b"});
  for (const auto* topic : {"a", "b"}) {
    auto last = event(topic, topic);
    last.flags = proto::kTerminal;
    PublishRequest request;
    request.events.push_back(std::move(last));
    hub_->publish(0, std::move(request), [](const auto&) {});
    ASSERT_TRUE(log_->step_writer());
    // Keeps the two batches from being delivered together.
    shard().post(base::Task([] {}));
  }
  // The log has closed both; this shard has not seen it.
  const auto selectors = proto::make_selectors({"a", "b"}, {}, 10);
  EXPECT_FALSE(shard().ended(*selectors, {}));
  shard().run();
  EXPECT_THAT(both.sink.data, ElementsAre("a", "b"));
  EXPECT_TRUE(both.sink.ended);
  EXPECT_TRUE(shard().ended(*selectors, {}));
}

TEST_F(ShardTest, DrainingTellsEveryStreamAndEndsIt) {
  open();
  auto reading = subscribe({"a"});
  auto stalled = subscribe({"a"});
  stalled.sink.room = 0;
  publish("a", "1");
  shard().drain(std::chrono::seconds(5));
  EXPECT_THAT(reading.sink.controls, ElementsAre(StartsWith("drain ")));
  EXPECT_TRUE(reading.sink.ended);
  EXPECT_EQ(shard().subscribers(), 1U);
  // Who is slow hears it after the frame that it is taking.
  EXPECT_THAT(stalled.sink.controls, IsEmpty());
  stalled.sink.room = 10;
  shard().on_writable(stalled.id);
  EXPECT_THAT(stalled.sink.controls, ElementsAre(StartsWith("drain ")));
  EXPECT_THAT(stalled.sink.data, IsEmpty());
  EXPECT_TRUE(stalled.sink.ended);
  EXPECT_EQ(shard().subscribers(), 0U);
}

TEST_F(ShardTest, AStreamThatBeginsWhileTheServerDrainsEndsAtOnce) {
  open();
  shard().drain(std::chrono::seconds(5));
  auto late = subscribe({"a"});
  EXPECT_THAT(late.sink.controls, ElementsAre(StartsWith("drain ")));
  EXPECT_TRUE(late.sink.ended);
  EXPECT_EQ(shard().subscribers(), 0U);
}

TEST_F(ShardTest, PlacesAreReusedAndOldIdsMeanNothing) {
  open();
  auto gone = subscribe({"a"});
  shard().remove(gone.id);
  auto next = subscribe({"a"});
  EXPECT_EQ(next.id.slot, gone.id.slot);
  shard().remove(gone.id);
  shard().on_writable(gone.id);
  publish("a", "1");
  EXPECT_THAT(next.sink.data, ElementsAre("1"));
  EXPECT_THAT(gone.sink.data, IsEmpty());
}

}  // namespace
}  // namespace weir::hub
