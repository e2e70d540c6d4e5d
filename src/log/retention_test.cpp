#include "log/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using testing::event;
using ::testing::IsEmpty;
using testing::matching;
using testing::TemporaryDirectory;
using testing::TestLog;
using testing::topics;

class RetentionOf : public ::testing::TestWithParam<bool> {
 protected:
  void open() {
    if (GetParam()) test.settings.data_dir = directory.path();
    ASSERT_TRUE(test.open());
  }

  TemporaryDirectory directory;
  TestLog test;
};

INSTANTIATE_TEST_SUITE_P(Engines, RetentionOf, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "OnDisk" : "InMemory"; });

TEST_P(RetentionOf, ByCountKeepsAtLeastSoManyAndMovesTheFloor) {
  test.settings.retention = {.events = 3};
  open();
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(test.publish("a", std::to_string(i)));
  test.log->run_background();
  EXPECT_THAT(test.read_all({7}), ElementsAre("8:a=8", "9:a=9", "10:a=10"));
  EXPECT_EQ(test.log->floor().value, 7u);
  EXPECT_EQ(test.listener.floor.value, 7u);
  EXPECT_EQ(test.log->stats().events, 3u);
  EXPECT_EQ(test.read_all().front(), "gap to 7");
}

TEST_P(RetentionOf, ALargeBatchIsNotLostByBeingLarge) {
  test.settings.retention = {.events = 3, .bytes = 10};
  open();
  std::vector<proto::Event> events(10, event("a", "x"));
  ASSERT_TRUE(test.publish(std::move(events)));
  test.log->run_background();
  EXPECT_EQ(test.read_all().size(), 10u);
}

TEST_P(RetentionOf, ByBytesKeepsAtMostSoMany) {
  test.settings.retention = {.bytes = 10'000};
  open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(test.publish("a", std::string(1000, 'x')));
  test.log->run_background();
  EXPECT_LE(test.log->stats().bytes, 10'000u);
  EXPECT_GE(test.log->stats().bytes, 8'000u);
}

TEST_P(RetentionOf, ByAgeCountsFromTheCommitWhateverTheEventsSay) {
  test.settings.retention = {.age = milliseconds(1000)};
  open();
  auto ancient = event("a", "ancient");
  ancient.time = 1;
  ASSERT_TRUE(test.publish(std::vector{ancient}));
  test.clock.advance(milliseconds(600));
  ASSERT_TRUE(test.publish("a", "young"));
  test.log->run_background();
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=ancient", "2:a=young"));
  test.clock.advance(milliseconds(500));
  test.log->run_background();
  EXPECT_EQ(test.log->floor().value, 1u);
  test.clock.advance(milliseconds(600));
  test.log->run_background();
  EXPECT_EQ(test.log->floor().value, 2u);
  EXPECT_EQ(test.log->head().value, 2u);
  ASSERT_TRUE(test.publish("a", "next"));
  EXPECT_THAT(test.read_all({2}), ElementsAre("3:a=next"));
}

TEST_P(RetentionOf, ANamespaceHasLimitsOfItsOwnAndItsTopicsAreToldWhatIsGone) {
  test.settings.namespaces = {{.name = "short", .topics = {"tick/**"}, .retention = {.events = 1}}};
  open();
  ASSERT_TRUE(test.publish("keep", "1"));
  ASSERT_TRUE(test.publish(std::vector{event("tick/a", "2"), event("keep", "3")}));
  ASSERT_TRUE(test.publish("tick/b", "4"));
  ASSERT_TRUE(test.publish("tick/a", "5"));
  test.log->run_background();
  EXPECT_THAT(test.read_all(), ElementsAre("1:keep=1", "3:keep=3", "5:tick/a=5"));
  EXPECT_EQ(test.log->floor().value, 0u);
  ASSERT_NE(test.listener.floors, nullptr);
  EXPECT_EQ(test.listener.floors->at("tick/a").value, 2u);
  EXPECT_EQ(test.listener.floors->at("tick/b").value, 4u);
  EXPECT_FALSE(test.listener.floors->contains("keep"));
}

TEST_P(RetentionOf, WhatGoesBeforeTheRestOfItsOwnCommitIsToldByTopic) {
  test.settings.namespaces = {{.name = "short", .topics = {"tick/**"}, .retention = {.events = 1}}};
  open();
  ASSERT_TRUE(test.publish(std::vector{event("tick/a", "1"), event("keep", "2")}));
  ASSERT_TRUE(test.publish("tick/b", "3"));
  test.log->run_background();
  EXPECT_THAT(test.read_all(), ElementsAre("2:keep=2", "3:tick/b=3"));
  EXPECT_EQ(test.log->floor().value, 0u);
  ASSERT_NE(test.listener.floors, nullptr);
  EXPECT_EQ(test.listener.floors->at("tick/a").value, 1u);
}

TEST_P(RetentionOf, ATopicStaysClosedAsLongAsItsLastEventIsRetained) {
  test.settings.retention = {.events = 2};
  open();
  ASSERT_TRUE(test.publish("a", "end", proto::kTerminal));
  ASSERT_TRUE(test.publish("b", "end", proto::kTerminal));
  test.log->run_background();
  EXPECT_EQ(test.log->stats().closed_topics, 2u);
  ASSERT_TRUE(test.publish("c", "x"));
  test.log->run_background();
  EXPECT_EQ(test.log->floor().value, 1u);
  EXPECT_FALSE(test.log->closed_at("a"));
  EXPECT_EQ(test.log->closed_at("b")->value, 2u);
  EXPECT_EQ(test.log->stats().closed_topics, 1u);
  ASSERT_TRUE(test.publish("a", "again"));
  if (!GetParam()) return;
  ASSERT_TRUE(test.open());
  EXPECT_FALSE(test.log->closed_at("a"));
  EXPECT_EQ(test.log->closed_at("b")->value, 2u);
}

TEST_P(RetentionOf, OlderEventsOfOthersKeepNoTopicClosed) {
  test.settings.namespaces = {{.name = "short", .topics = {"tick/**"}, .retention = {.events = 1}}};
  open();
  ASSERT_TRUE(test.publish("keep", "1"));
  ASSERT_TRUE(test.publish("tick/a", "end", proto::kTerminal));
  ASSERT_TRUE(test.publish("tick/b", "end", proto::kTerminal));
  test.log->run_background();
  EXPECT_EQ(test.log->floor().value, 0u);
  EXPECT_FALSE(test.log->closed_at("tick/a"));
  EXPECT_TRUE(test.log->closed_at("tick/b"));
}

TEST_P(RetentionOf, ManyClosedTopicsAreForgottenStepByStep) {
  test.settings.retention = {.events = 1};
  open();
  std::vector<proto::Event> events;
  for (int i = 0; i < 3000; ++i) {
    events.push_back(event("a" + std::to_string(i), "", proto::kTerminal));
  }
  ASSERT_TRUE(test.publish(std::move(events)));
  ASSERT_TRUE(test.publish("b", "x"));
  test.log->run_background();
  EXPECT_EQ(test.log->stats().events, 1u);
  EXPECT_EQ(test.log->stats().closed_topics, 0u);
}

TEST_P(RetentionOf, DeadEventsOfTrimmedTopicsGoWithoutAFurtherWord) {
  open();
  ASSERT_TRUE(test.publish("keep", "1"));
  ASSERT_TRUE(test.publish("a", "2"));
  ASSERT_TRUE(test.trim("a", {2}));
  const auto told = test.log->floors();
  test.log->run_background();
  EXPECT_EQ(test.log->stats().events, 1u);
  EXPECT_EQ(test.log->floors(), told) << "the topic's floor has said it all";
  EXPECT_EQ(test.log->stats().topic_floors, 1u);
}

TEST_P(RetentionOf, NewSettingsApplyToWhatIsThere) {
  open();
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(test.publish("a", std::to_string(i)));
  test.log->run_background();
  EXPECT_EQ(test.log->floor().value, 0u);
  test.settings.retention = {.events = 2};
  test.log->reconfigure(test.settings);
  test.log->run_background();
  EXPECT_EQ(test.log->floor().value, 8u);
}

TEST_P(RetentionOf, HalfDeadBatchesAreRewrittenAndDeadOnesGo) {
  open();
  std::vector<proto::Event> mixed;
  for (int i = 0; i < 10; ++i)
    mixed.push_back(event(i < 6 ? "big" : "small", std::string(500, 'x')));
  ASSERT_TRUE(test.publish(std::move(mixed)));
  ASSERT_TRUE(test.publish("big", std::string(500, 'y')));
  const auto before = test.log->stats().bytes;
  ASSERT_TRUE(test.trim("small", test.log->head()));
  test.log->run_background();
  EXPECT_EQ(test.log->stats().bytes, before) << "less than half is dead";
  ASSERT_TRUE(test.trim("big", {10}));
  test.log->run_background();
  EXPECT_LT(test.log->stats().bytes, 1000u);
  EXPECT_EQ(test.log->stats().events, 1u);
  EXPECT_EQ(test.read_all({10}).size(), 1u);
}

TEST_P(RetentionOf, AReaderThatIsOvertakenIsToldAGap) {
  test.settings.retention = {.events = 5};
  open();
  for (int i = 1; i <= 20; ++i) ASSERT_TRUE(test.publish("a", std::to_string(i)));
  auto first = test.read({}, nullptr, 1);
  ASSERT_TRUE(first);
  for (int i = 21; i <= 40; ++i) ASSERT_TRUE(test.publish("a", std::to_string(i)));
  test.log->run_background();
  auto second = test.read(first->covered);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->floor.value, 35u);
  EXPECT_EQ(test.read_all({35}).size(), 5u);
}

TEST(RetentionOnDisk, GivesSpaceBackToTheFileSystem) {
  TemporaryDirectory directory;
  TestLog test;
  test.settings.data_dir = directory.path();
  test.settings.wal_bytes = 1 << 20;
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(test.publish("a", std::string(100'000, 'x')));
  test.log->run_background();
  const auto file = directory.path() + "/log.db";
  const auto before = std::filesystem::file_size(file);
  ASSERT_TRUE(test.trim("a", test.log->head()));
  test.log->run_background();
  test.log.reset();
  EXPECT_GT(before, 15'000'000u);
  EXPECT_LT(std::filesystem::file_size(file), before / 4);
}

TEST(RetentionOnDisk, TheFloorAndTheHeadOutliveTheRowsThatToldThem) {
  TemporaryDirectory directory;
  TestLog test;
  test.settings.data_dir = directory.path();
  test.settings.retention = {.age = milliseconds(10)};
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(test.publish("a", "x"));
  test.clock.advance(milliseconds(20));
  test.log->run_background();
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.log->head().value, 3u);
  EXPECT_EQ(test.log->floor().value, 3u);
  EXPECT_EQ(test.log->stats().events, 0u);
}

TEST(RetentionInMemory, StaysWithinItsBytes) {
  TestLog test;
  test.settings.memory_bytes = 1 << 20;
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(test.publish("a", std::string(100'000, 'x')));
  test.log->run_background();
  EXPECT_LT(test.log->stats().bytes, 1u << 20);
  EXPECT_GT(test.log->floor().value, 40u);
  EXPECT_LT(test.log->floor().value, 50u);
}

}  // namespace
}  // namespace weir::log
