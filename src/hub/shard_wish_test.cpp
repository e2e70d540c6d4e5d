// What subscribers with filters, fields, private grants and rates are sent, on every path.

#include <gmock/gmock.h>

#include "hub/testing/hub_fixture.hpp"

namespace weir::hub {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ShardWish : public HubFixture {
 protected:
  SubscribeRequest filtered(std::string_view filter, const std::string& topic = "t") {
    auto wanted = request({topic});
    auto parsed = proto::Filter::parse(filter);
    EXPECT_TRUE(parsed) << filter;
    wanted.filter = std::make_shared<const proto::Filter>(std::move(*parsed));
    return wanted;
  }
  SubscribeRequest masked(std::string_view fields, const std::string& topic = "t") {
    auto wanted = request({topic});
    wanted.fields = std::make_shared<const proto::FieldMask>(*proto::FieldMask::parse(fields));
    return wanted;
  }
  SubscribeRequest paced(double rate, bool conflate = false) {
    auto wanted = request({"t"});
    wanted.max_rate = rate;
    wanted.conflate = conflate;
    return wanted;
  }
  void publish_numbers(int from, int to) {
    for (int n = from; n <= to; ++n) publish("t", R"({"n":)" + std::to_string(n) + "}");
  }
  void publish_keyed(const std::string& key, const std::string& data) {
    auto keyed = event("t", data);
    keyed.key = key;
    publish(std::move(keyed));
  }
  void publish_flagged(const std::string& topic, const std::string& data, std::uint8_t flags) {
    auto flagged = event(topic, data);
    flagged.flags = flags;
    ASSERT_TRUE(publish(std::move(flagged)));
  }
  static base::Settings without_ring() {
    base::Settings settings;
    settings.ring_bytes = 1;
    return settings;
  }
};

TEST_F(ShardWish, AFilterDecidesOnTheLivePath) {
  open();
  const auto some = subscribe(filtered("data.n > 2"));
  const auto all = subscribe({"t"});
  publish_numbers(1, 4);
  EXPECT_THAT(some.sink.sequences, ElementsAre(3, 4));
  EXPECT_THAT(all.sink.sequences, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(shard().metrics().filtered_out.get(), 2U);
}

TEST_F(ShardWish, AFilterDecidesWhenCatchingUpFromRingAndStore) {
  for (const bool ring : {true, false}) {
    SCOPED_TRACE(ring ? "ring" : "store");
    open(ring ? base::Settings{} : without_ring());
    publish_numbers(1, 6);
    const auto resumed = subscribe(filtered("data.n in [2, 5, 6]"), after(2));
    EXPECT_THAT(resumed.sink.sequences, ElementsAre(5, 6));
    publish_numbers(5, 5);
    EXPECT_THAT(resumed.sink.sequences, ElementsAre(5, 6, 7)) << "live again";
  }
}

TEST_F(ShardWish, RecoveryCountsWhatTheFilterLetsPassOrSaysThatItDoesNotKnow) {
  open();
  publish_numbers(1, 6);
  const auto counted = subscribe(filtered("data.n > 4"), after(1));
  EXPECT_THAT(counted.sink.controls, ElementsAre(testing::HasSubstr("\"events\":2}")));
  open(without_ring());
  publish_numbers(1, 6);
  const auto uncounted = subscribe(filtered("data.n > 4"), after(1));
  EXPECT_THAT(uncounted.sink.controls, ElementsAre(testing::HasSubstr("\"events\":null}")));
  EXPECT_THAT(uncounted.sink.sequences, ElementsAre(5, 6));
}

TEST_F(ShardWish, LastCountsTheTopicsEventsBeforeTheFilter) {
  open();
  publish_numbers(1, 6);
  const auto reader =
      subscribe(filtered("data.n == 3 || data.n == 6"), {Start::Kind::kLast, 2, {}});
  EXPECT_THAT(reader.sink.sequences, ElementsAre(6));
}

TEST_F(ShardWish, AFilteredSubscriberGetsTheEndOfItsTopicWhateverItsFilter) {
  open();
  const auto reader = subscribe(filtered("data.n > 100"));
  publish_numbers(1, 1);
  publish_flagged("t", "over", proto::kTerminal);
  EXPECT_THAT(reader.sink.sequences, ElementsAre(2));
  EXPECT_TRUE(reader.sink.ended);
  Start resumed = after(2);
  EXPECT_TRUE(shard().ended(*selectors({"t"}), resumed)) << "so that it does not come back";
}

TEST_F(ShardWish, AFilterDecidesOnEphemeralEvents) {
  open();
  const auto reader = subscribe(filtered("data.n == 1"));
  publish_flagged("t", R"({"n":1})", proto::kEphemeral);
  publish_flagged("t", R"({"n":2})", proto::kEphemeral);
  EXPECT_THAT(reader.sink.data, ElementsAre(R"({"n":1})"));
}

TEST_F(ShardWish, FieldsArriveOnEveryPathWithTheirPositions) {
  open();
  const std::string data = R"({"id":1e400,"secret":"s"})";
  const auto live = subscribe(masked("id"));
  publish("t", data);
  publish("other", data);
  publish("t", data);
  const auto resumed = subscribe(masked("id"), after(1));
  publish_flagged("t", data, proto::kEphemeral);
  EXPECT_THAT(live.sink.data, ElementsAre(R"({"id":1e400})", R"({"id":1e400})", R"({"id":1e400})"));
  EXPECT_THAT(live.sink.sequences, ElementsAre(1, 3, 0));
  EXPECT_THAT(resumed.sink.data, ElementsAre(R"({"id":1e400})", R"({"id":1e400})"));
  EXPECT_THAT(resumed.sink.sequences, ElementsAre(3, 0));
}

TEST_F(ShardWish, AMaskedReaderThatBlocksGoesOnWhereItWas) {
  open();
  const auto reader = subscribe(masked("n"));
  reader.sink.room = 2;
  publish_numbers(1, 5);
  EXPECT_THAT(reader.sink.sequences, ElementsAre(1, 2));
  reader.sink.room = 100;
  shard().on_writable(reader.id);
  settle();
  EXPECT_THAT(reader.sink.sequences, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(ShardWish, PrivateEventsNeedAGrantForOneOfTheirTopics) {
  open();
  auto granted = request({}, {"**"});
  granted.private_topics = selectors({"a"});
  const auto some = subscribe(granted);
  const auto all = subscribe({}, {}, {"**"});
  publish_flagged("a", "1", proto::kPrivate);
  publish_flagged("b", "2", proto::kPrivate);
  publish("b", "3");
  const auto resumed = subscribe(granted, earliest());
  EXPECT_THAT(some.sink.data, ElementsAre("1", "3"));
  EXPECT_THAT(resumed.sink.data, ElementsAre("1", "3"));
  EXPECT_THAT(all.sink.data, ElementsAre("1", "2", "3"));
}

TEST_F(ShardWish, MembersWithOneWishShareItsEvaluation) {
  open();
  const auto one = subscribe(filtered("data.n > 1"));
  const auto two = subscribe(filtered("data.n > 1"));
  const auto three = subscribe(filtered("data.n > 2"));
  EXPECT_EQ(shard().metrics().filters.get(), 2U);
  publish_numbers(1, 1);
  EXPECT_EQ(shard().metrics().filtered_out.get(), 2U) << "once for two of the three";
  shard().remove(one.id);
  shard().remove(three.id);
  EXPECT_EQ(shard().metrics().filters.get(), 1U);
  shard().remove(two.id);
  EXPECT_EQ(shard().metrics().filters.get(), 0U);
}

TEST_F(ShardWish, DifferentFiltersAreLimitedAndEqualOnesAreNot) {
  base::Settings settings;
  settings.filters_max = 1;
  open(settings);
  EXPECT_TRUE(shard().has_room_for(filtered("data.n > 1")));
  subscribe(filtered("data.n > 1"));
  EXPECT_TRUE(shard().has_room_for(filtered("data.n > 1")));
  EXPECT_TRUE(shard().has_room_for(paced(1)));
  EXPECT_FALSE(shard().has_room_for(filtered("data.n > 2")));
  EXPECT_FALSE(shard().has_room_for(masked("n")));
  EXPECT_EQ(shard().metrics().filters_refused.get(), 2U);
}

TEST_F(ShardWish, AHighestRateSpreadsEventsAndLosesNone) {
  for (const bool ring : {true, false}) {
    SCOPED_TRACE(ring ? "ring" : "store");
    open(ring ? base::Settings{} : without_ring());
    const auto reader = subscribe(paced(2));
    publish_numbers(1, 10);
    EXPECT_THAT(reader.sink.sequences, ElementsAre(1));
    std::size_t before = 1;
    for (int second = 0; second < 4; ++second) {
      for (int tick = 0; tick < 10; ++tick) {
        pass(Shard::kTick);
        settle();
      }
      EXPECT_EQ(reader.sink.sequences.size() - before, 2U) << "second " << second;
      before = reader.sink.sequences.size();
    }
    for (int tick = 0; tick < 10; ++tick) {
      pass(Shard::kTick);
      settle();
    }
    EXPECT_THAT(reader.sink.sequences, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    EXPECT_GT(shard().metrics().paced_waits.get(), 0U);
    EXPECT_EQ(shard().metrics().subscribers_behind.get(), 0U) << "live again";
    shard().remove(reader.id);
  }
}

TEST_F(ShardWish, AWaitingSubscriberIsNotSlow) {
  base::Settings settings;
  settings.slow_consumer = base::SlowConsumer::kDisconnect;
  open(settings);
  const auto reader = subscribe(paced(1));
  publish_numbers(1, 3);
  EXPECT_FALSE(reader.sink.aborted);
  EXPECT_EQ(shard().metrics().fell_behind.get(), 0U);
  shard().remove(reader.id);
  pass(milliseconds(3000));
}

TEST_F(ShardWish, RateAndConflationTogetherGiveTheNewestOfEachKeyAtEachTurn) {
  open();
  const auto reader = subscribe(paced(2, true));
  publish_keyed("a", "a0");
  EXPECT_THAT(reader.sink.data, ElementsAre("a0"));
  for (int n = 1; n <= 3; ++n) {
    publish_keyed("a", "a" + std::to_string(n));
    publish_keyed("b", "b" + std::to_string(n));
    publish_keyed("hot", "hot" + std::to_string(n));
  }
  EXPECT_THAT(reader.sink.data, ElementsAre("a0"));
  pass(milliseconds(500));
  settle();
  EXPECT_THAT(reader.sink.data, ElementsAre("a0", "a3", "b3", "hot3"));
  publish_keyed("a", "a4");
  EXPECT_EQ(reader.sink.data.size(), 4U);
  pass(milliseconds(500));
  settle();
  EXPECT_EQ(reader.sink.data.back(), "a4");
  EXPECT_EQ(reader.sink.data.size(), 5U);
}

TEST_F(ShardWish, AReplayWithConflationIsTheNewestOfEachKey) {
  open();
  for (int n = 0; n < 1000; ++n) {
    publish_keyed("k" + std::to_string(n % 4), std::to_string(n));
  }
  auto wanted = request({"t"});
  wanted.conflate = true;
  const auto reader = subscribe(wanted, earliest());
  EXPECT_THAT(reader.sink.data, ElementsAre("996", "997", "998", "999"));
}

TEST_F(ShardWish, ConflationLooksFurtherThanOneTurnOfData) {
  base::Settings settings;
  settings.slow_consumer = base::SlowConsumer::kConflate;
  open(settings);
  const auto reader = subscribe({"t"});
  reader.sink.room = 0;
  const std::string filler(64 * 1024, 'x');
  for (int n = 0; n < 100; ++n)
    publish_keyed("k" + std::to_string(n % 2), std::to_string(n) + filler);
  reader.sink.room = 1000;
  shard().on_writable(reader.id);
  settle();
  EXPECT_THAT(reader.sink.sequences, ElementsAre(99, 100));
}

TEST_F(ShardWish, EphemeralEventsBeyondTheRateAreLeftOut) {
  open();
  const auto reader = subscribe(paced(2));
  for (int n = 0; n < 3; ++n) publish_flagged("t", std::to_string(n), proto::kEphemeral);
  EXPECT_THAT(reader.sink.data, ElementsAre("0"));
}

TEST_F(ShardWish, APacedStreamEndsWithItsTopicOnceItHasAll) {
  open();
  const auto reader = subscribe(paced(10));
  publish_numbers(1, 3);
  publish_flagged("t", "over", proto::kTerminal);
  EXPECT_FALSE(reader.sink.ended);
  pass(milliseconds(1000));
  settle();
  for (int tick = 0; tick < 10 && !reader.sink.ended; ++tick) {
    pass(Shard::kTick);
    settle();
  }
  EXPECT_THAT(reader.sink.sequences, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(reader.sink.ended);
}

TEST_F(ShardWish, ManyPacedSubscribersThatGoAwayLeaveNothingBehind) {
  open();
  std::vector<SubscriberId> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(subscribe(paced(1)).id);
  publish_numbers(1, 2);
  for (const auto id : ids) shard().remove(id);
  const auto fresh = subscribe({"t"});
  pass(milliseconds(5000));
  settle();
  EXPECT_THAT(fresh.sink.sequences, IsEmpty());
  EXPECT_EQ(shard().metrics().subscribers.get(), 1U);
}

}  // namespace
}  // namespace weir::hub
