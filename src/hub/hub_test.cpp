#include "hub/hub.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <stop_token>
#include <thread>

#include "hub/testing/hub_fixture.hpp"

namespace weir::hub {
namespace {

using testing::ElementsAre;

class HubTest : public HubFixture {
 protected:
  base::Result<Published> keyed(const std::string& key, const std::string& data) {
    PublishRequest request;
    request.events.push_back(event("a", data));
    request.idempotency_key = key;
    return publish_all(std::move(request));
  }
};

TEST_F(HubTest, ARequestsEventsGetConsecutivePositions) {
  open();
  publish("a", "1");
  PublishRequest request;
  for (int i = 0; i < 3; ++i) request.events.push_back(event("a", "x"));
  const auto published = publish_all(std::move(request));
  ASSERT_TRUE(published);
  EXPECT_EQ(published->first->value, 2U);
  EXPECT_EQ(published->count, 3U);
}

TEST_F(HubTest, APublisherIsAnsweredBeforeItsEventIsDelivered) {
  open();
  auto subscriber = subscribe({"a"});
  std::optional<std::size_t> delivered_before;
  PublishRequest request;
  request.events.push_back(event("a", "x"));
  hub_->publish(0, std::move(request), [&](const base::Result<Published>&) {
    delivered_before = subscriber.sink.data.size();
  });
  settle();
  EXPECT_EQ(delivered_before, 0U);
  EXPECT_THAT(subscriber.sink.data, ElementsAre("x"));
}

TEST_F(HubTest, AShardIsWokenOnceForWhatIsPostedBeforeItRuns) {
  int wakes = 0;
  wakes_ = {[&] { ++wakes; }};
  open();
  wakes = 0;
  shard().post(base::Task([] {}));
  shard().answer([] {});
  shard().post(base::Task([] {}));
  EXPECT_EQ(wakes, 1);
  shard().run();
  shard().answer([] {});
  EXPECT_EQ(wakes, 2);
}

TEST_F(HubTest, WhoBeginsToWatchWhileTheLogIsAtWorkHearsOfWhatComes) {
  open();
  log::BatchPtr batch;
  hub_->watch([&](const log::BatchPtr& each) { batch = each; });
  publish("a", "x");
  ASSERT_NE(batch, nullptr);
  std::atomic<int> heard{0};
  std::jthread log_thread([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) hub_->on_batch(batch);
  });
  for (int i = 1; i <= 100; ++i) {
    hub_->watch([&heard, i](const log::BatchPtr&) { heard = std::max(heard.load(), i); });
  }
  while (heard < 100) std::this_thread::yield();
}

TEST_F(HubTest, ARepeatedKeyGetsTheFirstAnswerAndPublishesOnce) {
  open();
  auto subscriber = subscribe({"a"});
  const auto first = keyed("k", "x");
  const auto again = keyed("k", "x");
  ASSERT_TRUE(first);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->first, first->first);
  EXPECT_TRUE(again->repeated);
  EXPECT_THAT(subscriber.sink.data, ElementsAre("x"));
}

TEST_F(HubTest, TwoRequestsWithOneKeyInOneCommitPublishOnce) {
  open();
  auto subscriber = subscribe({"a"});
  std::vector<std::uint64_t> answers;
  for (int i = 0; i < 2; ++i) {
    PublishRequest request;
    request.events.push_back(event("a", "x"));
    request.idempotency_key = "k";
    hub_->publish(0, std::move(request), [&](const base::Result<Published>& published) {
      answers.push_back(published->first->value);
    });
  }
  settle();
  EXPECT_THAT(answers, ElementsAre(1, 1));
  EXPECT_THAT(subscriber.sink.data, ElementsAre("x"));
}

TEST_F(HubTest, AKeyForAnotherRequestIsAConflict) {
  open();
  ASSERT_TRUE(keyed("k", "x"));
  const auto other = keyed("k", "y");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, base::ErrorCode::kIdempotencyConflict);
}

TEST_F(HubTest, AKeyIsForgottenAfterItsWindow) {
  base::Settings settings;
  settings.idempotency_window = std::chrono::minutes(1);
  open(settings);
  ASSERT_TRUE(keyed("k", "x"));
  clock_.advance(std::chrono::minutes(2));
  const auto later = keyed("k", "y");
  ASSERT_TRUE(later);
  EXPECT_FALSE(later->repeated);
  EXPECT_EQ(later->first->value, 2U);
}

TEST_F(HubTest, AClosedTopicRefusesARequestButOnlyItsOwnOfIndependentEvents) {
  open();
  auto last = event("done", "end");
  last.flags = proto::kTerminal;
  ASSERT_TRUE(publish(std::move(last)));

  PublishRequest together;
  together.events = {event("a", "1"), event("done", "2")};
  const auto refused = publish_all(together);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kTopicClosed);
  EXPECT_EQ(log_->head().value, 1U);

  together.independent = true;
  together.events = {event("a", "1"), event("done", "2"), event("a", "3")};
  const auto partly = publish_all(std::move(together));
  ASSERT_TRUE(partly);
  EXPECT_EQ(partly->count, 2U);
  EXPECT_THAT(partly->refused, ElementsAre(1));
  EXPECT_EQ(log_->head().value, 3U);
}

TEST_F(HubTest, AKeyUnderWhichNothingCouldBePublishedMayBeUsedAgain) {
  open();
  auto last = event("done", "end");
  last.flags = proto::kTerminal;
  ASSERT_TRUE(publish(std::move(last)));

  PublishRequest request;
  request.events = {event("done", "1")};
  request.idempotency_key = "k";
  request.independent = true;
  const auto refused = publish_all(request);
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->first);
  EXPECT_EQ(refused->count, 0U);
  EXPECT_THAT(refused->refused, ElementsAre(0));

  hub_->trim(0, "done", std::nullopt, [](const auto&) {});
  settle();
  const auto again = publish_all(request);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->repeated);
  EXPECT_EQ(again->first->value, 2U);
}

TEST_F(HubTest, DeletingAClosedTopicOpensItAgain) {
  open();
  auto last = event("a", "end");
  last.flags = proto::kTerminal;
  ASSERT_TRUE(publish(std::move(last)));
  bool deleted = false;
  hub_->trim(0, "a", std::nullopt, [&](const auto& outcome) { deleted = outcome.has_value(); });
  settle();
  EXPECT_TRUE(deleted);
  EXPECT_TRUE(publish("a", "again"));
  EXPECT_THAT(subscribe({"a"}, earliest()).sink.data, ElementsAre("again"));
}

TEST_F(HubTest, SubscribersAreCountedByNameAndByPatternOnce) {
  open();
  subscribe({"a"});
  subscribe({"a"}, {}, {"**"});
  subscribe({}, {}, {"*"});
  std::vector<std::uint64_t> counts;
  hub_->count_subscribers(0, {"a", "b", "b/c"}, [&](auto found) { counts = found; });
  settle();
  EXPECT_THAT(counts, ElementsAre(3, 2, 1));
  EXPECT_EQ(hub_->subscribers(), 3U);
}

}  // namespace
}  // namespace weir::hub
