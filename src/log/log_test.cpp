// The log as its users see it, on both engines.

#include "log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using ::testing::ElementsAre;
using testing::event;
using ::testing::IsEmpty;
using testing::matching;
using testing::TemporaryDirectory;
using testing::TestLog;
using testing::topics;

/// The parameter says whether there is a data directory.
class AnyLog : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) test.settings.data_dir = directory.path();
    ASSERT_TRUE(test.open());
  }

  TemporaryDirectory directory;
  TestLog test;
};

INSTANTIATE_TEST_SUITE_P(Engines, AnyLog, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "OnDisk" : "InMemory"; });

TEST_P(AnyLog, WhatIsCommittedIsReadInOrderFromAnyPosition) {
  ASSERT_TRUE(test.publish("a", "one"));
  ASSERT_TRUE(test.publish(std::vector{event("a", "two"), event("b", "three")}));
  ASSERT_TRUE(test.publish("a", "four"));
  EXPECT_EQ(test.log->head().value, 4u);
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=one", "2:a=two", "3:b=three", "4:a=four"));
  EXPECT_THAT(test.read_all({2}), ElementsAre("3:b=three", "4:a=four"));
  EXPECT_THAT(test.read_all({4}), IsEmpty());
}

TEST_P(AnyLog, AReadStopsAfterTheBatchThatPassesItsLimit) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(test.publish("a", std::string(1000, 'x')));
  auto result = test.read({1}, nullptr, 1500);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->batches.size(), 2u);
  EXPECT_EQ(result->covered.value, 3u);
  EXPECT_EQ(test.read_all({}, nullptr, 1).size(), 5u);
}

TEST_P(AnyLog, ReadingWithSelectorsCoversWhatDoesNotMatch) {
  ASSERT_TRUE(test.publish("a", "1"));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(test.publish("b", "2"));
  auto result = test.read({}, topics({"a"}));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->batches.size(), 1u);
  EXPECT_EQ(result->covered.value, 11u);
}

TEST_P(AnyLog, RequestsThatWaitTogetherShareOneCommit) {
  auto first = test.submit_event(event("a", "1"));
  auto second = test.submit_event(event("a", "2"));
  EXPECT_FALSE(*first);
  EXPECT_TRUE(test.log->step_writer());
  EXPECT_TRUE(**first);
  EXPECT_TRUE(**second);
  EXPECT_FALSE(test.log->step_writer());
  ASSERT_EQ(test.listener.batches.size(), 1u);
  EXPECT_EQ(test.listener.batches.front()->size(), 2u);
  EXPECT_EQ(test.log->stats().commits, 1u);
}

TEST_P(AnyLog, AFailedRequestVanishesFromItsGroupWithItsEventsAndState) {
  ASSERT_TRUE(test.commit(
      [](Transaction& t) { return t.state().execute("CREATE TABLE counts (n BIGINT)", {}); }));
  const auto insert = [](Transaction& t, std::int64_t n) {
    const Value row[] = {n};
    return t.state().execute("INSERT INTO counts VALUES (?)", row);
  };
  auto first = test.submit([&](Transaction& t) {
    t.append(event("a", "first"));
    return insert(t, 1);
  });
  auto failing = test.submit([&](Transaction& t) -> base::Result<> {
    EXPECT_EQ(t.append(event("a", "failing")).value, 2u);
    t.append(event("closed", "failing", proto::kTerminal));
    if (auto done = insert(t, 2); !done) return done;
    return base::make_error(base::ErrorCode::kTopicClosed);
  });
  auto last = test.submit([&](Transaction& t) {
    EXPECT_FALSE(t.is_closed("closed"));
    EXPECT_EQ(t.append(event("a", "last")).value, 2u);
    return insert(t, 3);
  });
  test.log->step_writer();
  EXPECT_TRUE(**first);
  EXPECT_EQ((*failing)->error().code, base::ErrorCode::kTopicClosed);
  EXPECT_TRUE(**last);
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=first", "2:a=last"));
  std::vector<std::int64_t> rows;
  ASSERT_TRUE(test.commit([&](Transaction& t) {
    return t.state().query("SELECT n FROM counts ORDER BY n", {},
                           [&](Row row) { rows.push_back(std::get<std::int64_t>(row[0])); });
  }));
  EXPECT_THAT(rows, ElementsAre(1, 3));
}

TEST_P(AnyLog, TheTablesAreReadBesideTheWriterWithThePositionThatTheyHold) {
  ASSERT_TRUE(test.commit([](Transaction& t) {
    t.append(event("a", "counted"));
    if (auto made = t.state().execute("CREATE TABLE counts (n BIGINT)", {}); !made) return made;
    return t.state().execute("INSERT INTO counts VALUES (7)", {});
  }));
  std::vector<std::int64_t> rows;
  base::Sequence as_of;
  std::optional<base::Result<>> outcome;
  test.log->read_state(
      [&](State& state, base::Sequence at) {
        as_of = at;
        return state.query("SELECT n FROM counts", {},
                           [&](Row row) { rows.push_back(std::get<std::int64_t>(row[0])); });
      },
      [&](base::Result<> done) { outcome = std::move(done); });
  EXPECT_FALSE(outcome);
  test.log->step_writer();
  test.log->run_background();
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome);
  EXPECT_THAT(rows, ElementsAre(7));
  EXPECT_EQ(as_of.value, 1u);
}

TEST_P(AnyLog, AFailedReadOfTheTablesIsItsOutcomeAndHindersNoOther) {
  const auto read = [&](std::string_view sql) {
    std::optional<base::Result<>> outcome;
    test.log->read_state(
        [sql](State& state, base::Sequence) { return state.query(sql, {}, [](Row) {}); },
        [&](base::Result<> done) { outcome = std::move(done); });
    test.log->step_writer();
    test.log->run_background();
    return outcome.value_or(base::make_error(base::ErrorCode::kDraining));
  };
  EXPECT_EQ(read("SELECT n FROM nowhere").error().code, base::ErrorCode::kInternal);
  EXPECT_TRUE(read("SELECT 1"));
  ASSERT_TRUE(test.publish("a", "one"));
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=one"));
}

TEST_P(AnyLog, TheListenerHearsOfABatchBeforeItsPublisherAndTheHeadMovesAfter) {
  std::vector<std::string> order;
  base::Sequence head_at_batch{99};
  test.listener.on_any = [&](std::string_view what) {
    order.emplace_back(what);
    head_at_batch = test.log->head();
  };
  test.log->submit(std::make_unique<testing::FunctionRequest>(
      [](Transaction& t) -> base::Result<> {
        t.append(event("a", "1"));
        return {};
      },
      [&](base::Result<>) { order.emplace_back("complete"); }));
  test.log->step_writer();
  EXPECT_THAT(order, ElementsAre("batch", "complete"));
  EXPECT_EQ(head_at_batch.value, 0u);
  EXPECT_EQ(test.log->head().value, 1u);
}

TEST_P(AnyLog, EventsWithoutATimeGetThatOfTheCommitAndOthersKeepTheirs) {
  auto old = event("a", "old");
  old.time = 12;
  old.ttl_ms = 50;
  old.type = "kind";
  old.id = "mine";
  old.key = "k";
  old.retry_ms = 7;
  old.topics.push_back("b");
  ASSERT_TRUE(test.publish(std::vector{old, event("a", "new")}));
  auto result = test.read({});
  ASSERT_TRUE(result);
  const auto& batch = *result->batches.front();
  EXPECT_EQ(batch[0].time, 12);
  EXPECT_EQ(batch[0].expires, test.clock.unix_millis() + 50);
  EXPECT_EQ(batch[0].type, "kind");
  EXPECT_EQ(batch[0].id, "mine");
  EXPECT_EQ(batch[0].key, "k");
  EXPECT_EQ(batch[0].retry_ms, 7u);
  EXPECT_THAT(batch[0].topics, ElementsAre("a", "b"));
  EXPECT_EQ(batch[1].time, test.clock.unix_millis());
  EXPECT_EQ(batch.by_topic().size(), 2u);
}

TEST_P(AnyLog, ATerminalEventClosesItsTopicFromThatCommitOn) {
  ASSERT_TRUE(test.commit([](Transaction& t) -> base::Result<> {
    EXPECT_FALSE(t.is_closed("a"));
    t.append(event("a", "end", proto::kTerminal));
    EXPECT_TRUE(t.is_closed("a"));
    return {};
  }));
  EXPECT_EQ(test.log->closed_at("a")->value, 1u);
  EXPECT_FALSE(test.log->closed_at("b"));
  EXPECT_TRUE(test.listener.batches.front()->by_topic().front().closed);
}

TEST_P(AnyLog, ATrimmedTopicsEventsAreGoneAndOthersStay) {
  ASSERT_TRUE(test.publish(std::vector{event("a", "1"), event("b", "2"), event("a", "3")}));
  ASSERT_TRUE(test.publish("b", "4"));
  ASSERT_TRUE(test.trim("a", {2}));
  ASSERT_NE(test.listener.floors, nullptr);
  EXPECT_EQ(test.listener.floors->at("a").value, 1u) << "a floor is at an event of the topic";
  ASSERT_TRUE(test.trim("a", test.log->head()));
  EXPECT_EQ(test.listener.floors->at("a").value, 3u);
  test.log->run_background();
  EXPECT_THAT(test.read_all(), ElementsAre("2:b=2", "4:b=4"));
  EXPECT_EQ(test.log->stats().events, 2u);
}

TEST_P(AnyLog, AForgottenTopicIsOpenAgain) {
  ASSERT_TRUE(test.publish("a", "end", proto::kTerminal));
  ASSERT_TRUE(test.trim("a", test.log->head(), true));
  EXPECT_FALSE(test.log->closed_at("a"));
  auto info = test.await<TopicInfo>([&](auto done) { test.log->topic_info("a", std::move(done)); });
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, base::ErrorCode::kNotFound);
}

TEST_P(AnyLog, TopicsAreCountedListedAndLocated) {
  ASSERT_TRUE(test.publish(std::vector{event("orders/1", "x"), event("orders/2", "y"),
                                       event("users", "z"), event("orders/1", "w")}));
  const auto orders = matching({"orders/*"});
  EXPECT_EQ(*test.await<std::uint64_t>(
                [&](auto done) { test.log->count(orders, {1}, {4}, std::move(done)); }),
            2u);
  EXPECT_EQ(test.await<base::Sequence>(
                    [&](auto done) { test.log->locate_last(orders, 2, {4}, std::move(done)); })
                ->value,
            1u);
  // What came later than the question's position does not count.
  for (const auto& [n, up_to, position] :
       {std::array<std::uint64_t, 3>{2, 3, 0}, {1, 3, 1}, {9, 3, 0}, {1, 1, 0}, {0, 2, 2}}) {
    EXPECT_EQ(test.await<base::Sequence>([&, count = n, end = up_to](auto done) {
                    test.log->locate_last(orders, count, {end}, std::move(done));
                  })
                  ->value,
              position)
        << n << " up to " << up_to;
  }
  auto list = test.await<std::vector<TopicInfo>>(
      [&](auto done) { test.log->list_topics(orders, "", 10, std::move(done)); });
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ(list->front().name, "orders/1");
  EXPECT_EQ(list->front().events, 2u);
  EXPECT_EQ(list->front().last.value, 4u);
}

TEST_P(AnyLog, WhatIsTrimmedIsNeitherCountedNorLocatedFromTheCommitOn) {
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(test.publish(std::vector{event("a", "x"), event("b", "y")}));
  const std::shared_ptr<const proto::Selectors> both[] = {topics({"a", "b"}), matching({"**"})};
  // The questions wait for a reader while the trim is committed.
  for (const auto& wanted : both) {
    std::optional<std::uint64_t> counted;
    std::optional<base::Sequence> located;
    test.log->count(wanted, {}, {6}, [&](auto count) { counted = *count; });
    test.log->locate_last(wanted, 4, {6}, [&](auto position) { located = *position; });
    ASSERT_TRUE(test.trim("a", {5}));
    test.log->run_background();
    EXPECT_EQ(counted, 3u);
    EXPECT_EQ(located->value, 1u);
  }
}

TEST_P(AnyLog, AFullQueueRefusesWhatComesNext) {
  test.settings.publish_queue_bytes = 1000;
  test.log->reconfigure(test.settings);
  const auto nothing = [](Transaction&) -> base::Result<> { return {}; };
  auto first = test.submit(nothing, 900);
  auto second = test.submit(nothing, 200);
  ASSERT_TRUE(*second);
  EXPECT_EQ((*second)->error().code, base::ErrorCode::kPublishOverload);
  EXPECT_EQ(test.log->stats().refused, 1u);
  EXPECT_EQ(test.log->stats().queue_bytes, 900u);
  test.log->step_writer();
  EXPECT_TRUE(**first);
  EXPECT_EQ(test.log->stats().queue_bytes, 0u);
}

TEST_P(AnyLog, TheDestructorAnswersTheReadsThatWait) {
  std::vector<base::ErrorCode> answers;
  const auto note = [&](const auto& answer) {
    ASSERT_FALSE(answer);
    answers.push_back(answer.error().code);
  };
  test.log->read({}, note);
  test.log->topic_info("a", note);
  test.log.reset();
  EXPECT_THAT(answers, ElementsAre(base::ErrorCode::kDraining, base::ErrorCode::kDraining));
}

TEST_P(AnyLog, TheDestructorCommitsWhatWasSubmitted) {
  auto outcome = test.submit_event(event("a", "1"));
  test.log.reset();
  ASSERT_TRUE(*outcome);
  EXPECT_TRUE(**outcome);
}

}  // namespace
}  // namespace weir::log
