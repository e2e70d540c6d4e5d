// What operators see of subscribers, and how they end one.

#include <gmock/gmock.h>

#include "hub/testing/hub_fixture.hpp"

namespace weir::hub {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ShardView : public HubFixture {
 protected:
  SubscribeRequest of_client(std::uint64_t random, const std::vector<std::string>& topics = {"t"}) {
    auto wanted = request(topics);
    wanted.client = ClientId(random);
    return wanted;
  }

  /// What is shown, in order, as `show` has it.
  template <typename Show>
  std::vector<std::string> shown(Show show) {
    std::vector<std::string> all;
    bool done = false;
    hub_->visit_subscribers(
        0,
        [&](Shard&, std::size_t index, const SubscriberView& subscriber) {
          all.push_back(show(index, subscriber));
        },
        [&] { done = true; });
    settle();
    EXPECT_TRUE(done);
    return all;
  }
  std::vector<std::string> clients() {
    return shown([](std::size_t, const auto& each) { return each.client.text(); });
  }
  SubscriberView only() {
    std::optional<SubscriberView> view;
    shard().visit(0, 1'000, [&](const SubscriberView& each) { view.emplace(each); });
    EXPECT_TRUE(view);
    return *view;
  }
};

TEST_F(ShardView, ShowsWhoIsThereOnEveryShard) {
  wakes_ = {[] {}, [] {}};
  open();
  begin(hub_->shard(0), of_client(1));
  auto named = of_client(2);
  named.given_id = "somebody";
  begin(hub_->shard(1), std::move(named));
  begin(hub_->shard(1), of_client(3, {"u", "v"}));
  settle();
  EXPECT_THAT(shown([](std::size_t index, const auto& each) {
                return std::to_string(index) + " " + std::string(each.given_id) + " " +
                       each.interest.selectors->topics.back();
              }),
              ElementsAre("0  t", "1 somebody t", "1  v"));
  EXPECT_THAT(clients(), ElementsAre(ClientId(1).text(), ClientId(2).text(), ClientId(3).text()));
}

TEST_F(ShardView, TheOrderStaysWhileOthersComeAndGo) {
  open();
  std::vector<SubscriberId> ids;
  for (std::uint64_t i = 1; i <= 10'000; ++i) {
    ids.push_back(begin(shard(), of_client(i << 20)).id);
  }
  settle();
  auto before = clients();
  ASSERT_EQ(before.size(), 10'000U) << "more than are looked at in a turn";
  for (std::size_t i = 0; i < ids.size(); i += 2) shard().remove(ids[i]);
  for (std::uint64_t i = 1; i <= 3'000; ++i) begin(shard(), of_client((i << 20) + (1ULL << 50)));
  settle();
  const auto after = clients();
  EXPECT_EQ(after.size(), 8'000U);
  // Those who stayed, in the order that they had.
  auto next = after.begin();
  for (std::size_t i = 1; i < before.size(); i += 2) {
    next = std::find(next, after.end(), before[i]);
    ASSERT_NE(next, after.end()) << i;
  }
}

TEST_F(ShardView, TellsWhereASubscriberBeganAndWhereItIs) {
  open();
  publish("t", "1");
  publish("t", "2");
  const auto slow = subscribe(of_client(1));
  EXPECT_EQ(only().began.sequence.value, 2U);
  EXPECT_EQ(only().state, Subscriber::State::kLive);
  slow.sink.room = 1;
  publish("t", "3");
  publish("t", "4");
  publish("u", "5");
  EXPECT_EQ(only().state, Subscriber::State::kBehind);
  EXPECT_TRUE(only().blocked);
  EXPECT_EQ(only().cursor.sequence.value, 3U);
  EXPECT_EQ(only().began.sequence.value, 2U);
  const auto owed = shard().owed(slow.id, 100);
  ASSERT_TRUE(owed);
  EXPECT_EQ(owed->events, 1U) << "that of its own topic";
  EXPECT_GT(owed->bytes, 1U);
  EXPECT_FALSE(shard().owed(slow.id, 1)) << "more than may be looked at";
}

TEST_F(ShardView, ACursorOrTheOldestEventIsWhereItBegan) {
  open();
  for (const auto* data : {"1", "2", "3"}) publish("t", data);
  const auto began = [&](Start start) {
    const auto subscription = subscribe(of_client(1), std::move(start));
    const auto at = only().began.sequence.value;
    shard().remove(subscription.id);
    return at;
  };
  EXPECT_EQ(began(after(1)), 1U);
  EXPECT_EQ(began(earliest()), 0U);
  EXPECT_EQ(began({Start::Kind::kLast, 1, {}}), 2U);
  EXPECT_EQ(began({Start::Kind::kCursor, 0, "nonsense"}), 0U);
  EXPECT_EQ(began({}), 3U);
}

TEST_F(ShardView, SaysSinceWhen) {
  open();
  subscribe(of_client(1));
  const auto opened = clock_.unix_millis();
  EXPECT_EQ(only().opened_at, opened);
  pass(milliseconds(5'000));
  EXPECT_EQ(only().opened_at, opened);
}

TEST_F(ShardView, ADisconnectedStreamEndsInOrder) {
  open();
  const auto ended = subscribe(of_client(1));
  const auto other = subscribe(of_client(2));
  shard().disconnect(ended.id);
  settle();
  EXPECT_TRUE(ended.sink.ended);
  EXPECT_EQ(ended.sink.why, Transport::End::kDisconnected);
  EXPECT_FALSE(other.sink.ended);
  EXPECT_EQ(shard().subscribers(), 1U);
  EXPECT_EQ(shard().metrics().disconnected_by_operator.get(), 1U);
}

TEST_F(ShardView, ADisconnectedReaderThatIsSlowGetsItsLastFrameFirst) {
  open();
  const auto slow = subscribe(of_client(1));
  slow.sink.room = 1;
  publish("t", "1");
  publish("t", "2");
  shard().disconnect(slow.id);
  shard().disconnect(slow.id);
  settle();
  EXPECT_FALSE(slow.sink.ended);
  shard().on_writable(slow.id);
  EXPECT_TRUE(slow.sink.ended);
  EXPECT_EQ(slow.sink.why, Transport::End::kDisconnected);
  EXPECT_EQ(shard().metrics().disconnected_by_operator.get(), 1U);
  EXPECT_EQ(shard().metrics().lifetimes_ended.get(), 0U);
}

TEST_F(ShardView, ADisconnectedReaderThatNeverReadsIsGivenUp) {
  open();
  const auto stuck = subscribe(of_client(1));
  stuck.sink.room = 1;
  publish("t", "1");
  shard().disconnect(stuck.id);
  pass(milliseconds(12'000));
  EXPECT_TRUE(stuck.sink.aborted);
  EXPECT_EQ(shard().subscribers(), 0U);
}

TEST_F(ShardView, CountsSubscribersByTransportAndThoseOfTheServersOwnTopics) {
  open();
  const auto one = subscribe({"t"});
  const auto two = subscribe({"$weir/metrics"});
  const auto three = subscribe(std::vector<std::string>{}, {}, {"$weir/*"});
  const auto four = subscribe(std::vector<std::string>{}, {}, {"**"});
  EXPECT_EQ(transport_.subscribers.get(), 4U);
  EXPECT_EQ(shard().metrics().system_subscribers.get(), 2U);
  shard().remove(two.id);
  shard().remove(three.id);
  EXPECT_EQ(transport_.subscribers.get(), 2U);
  EXPECT_EQ(transport_.opened.get(), 4U);
  EXPECT_EQ(shard().metrics().system_subscribers.get(), 0U);
  auto told = event("$weir/metrics", "x");
  told.flags = proto::kEphemeral;
  publish(std::move(told));
  EXPECT_THAT(four.sink.data, IsEmpty()) << "a pattern that does not name them";
  EXPECT_THAT(one.sink.data, IsEmpty());
}

}  // namespace
}  // namespace weir::hub
