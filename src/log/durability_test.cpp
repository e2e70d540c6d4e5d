// What survives what: restarts, kills, power cuts, full and failing disks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.hpp"
#include "log/testing/fault_vfs.hpp"
#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using base::Durability;
using base::ErrorCode;
using ::testing::ElementsAre;
using testing::event;
using testing::FaultDisk;
using ::testing::IsEmpty;
using testing::TestLog;
using testing::topics;

class OnFaultDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    test.vfs = disk.name();
    test.settings.data_dir = "disk";
  }
  /// The process or the machine dies: what the log does at its end reaches nothing.
  void kill() {
    disk.kill();
    ASSERT_TRUE(test.open());
  }
  void crash() {
    disk.crash();
    ASSERT_TRUE(test.open());
  }

  FaultDisk disk{7};
  TestLog test;
};

TEST_F(OnFaultDisk, ACleanRestartGoesOnWhereItWas) {
  ASSERT_TRUE(test.open());
  const auto epoch = test.log->epoch();
  ASSERT_TRUE(test.publish("a", "1"));
  ASSERT_TRUE(test.publish("b", "end", proto::kTerminal));
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.log->epoch(), epoch);
  EXPECT_EQ(test.log->head().value, 2u);
  EXPECT_EQ(test.log->closed_at("b")->value, 2u);
  EXPECT_EQ(test.log->stats().events, 2u);
  ASSERT_TRUE(test.publish("a", "3"));
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=1", "2:b=end", "3:a=3"));
}

TEST_F(OnFaultDisk, EveryLogHasAnEpochOfItsOwn) {
  ASSERT_TRUE(test.open());
  FaultDisk other_disk(8);
  TestLog other;
  other.vfs = other_disk.name();
  other.settings.data_dir = "disk";
  ASSERT_TRUE(other.open());
  EXPECT_NE(test.log->epoch(), other.log->epoch());
}

TEST_F(OnFaultDisk, WhatIsAcknowledgedWithFsyncSurvivesAPowerCut) {
  ASSERT_TRUE(test.open());
  std::vector<std::string> expected;
  for (int i = 1; i <= 50; ++i) {
    ASSERT_TRUE(test.publish("a", std::to_string(i)));
    expected.push_back(std::to_string(i) + ":a=" + std::to_string(i));
    if (i % 10 == 0) crash();
    ASSERT_EQ(test.read_all(), expected) << "after " << i;
  }
}

TEST_F(OnFaultDisk, BufferedEventsSurviveAKillAndTheirPositionsAreNotUsedAgainAfterAPowerCut) {
  test.settings.durability = Durability::kBuffered;
  ASSERT_TRUE(test.open());
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(test.publish("a", std::to_string(i)));
  const auto syncs = disk.syncs();
  ASSERT_TRUE(test.publish("a", "6"));
  EXPECT_EQ(disk.syncs(), syncs) << "a buffered commit within the reservation syncs nothing";
  kill();
  EXPECT_EQ(test.read_all().size(), 6u);
  const auto after_kill = test.log->head();
  EXPECT_GT(after_kill.value, 6u);
  ASSERT_TRUE(test.publish("a", "again"));
  EXPECT_EQ(test.log->head(), after_kill.next());
  const auto handed_out = test.log->head();
  crash();
  EXPECT_GE(test.log->head(), handed_out);
  ASSERT_TRUE(test.publish("a", "once more"));
  EXPECT_GT(test.listener.batches.back()->first(), handed_out);
}

TEST_F(OnFaultDisk, AfterACleanCloseBufferedPositionsGoOnWithoutAHole) {
  test.settings.durability = Durability::kBuffered;
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("a", "1"));
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.log->head().value, 1u);
  ASSERT_TRUE(test.publish("a", "2"));
  EXPECT_EQ(test.log->head().value, 2u);
}

TEST_F(OnFaultDisk, EventsOfAMemoryNamespaceAreReadUntilTheRestartAndOthersStay) {
  test.settings.namespaces = {
      {.name = "quick", .topics = {"quick/*"}, .retention = {}, .durability = Durability::kMemory}};
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("quick/a", "1"));
  ASSERT_TRUE(test.publish(std::vector{event("a", "2"), event("quick/a", "3")}));
  ASSERT_TRUE(test.publish("quick/b", "4"));
  EXPECT_THAT(test.read_all(), ElementsAre("1:quick/a=1", "2:a=2", "3:quick/a=3", "4:quick/b=4"));
  EXPECT_THAT(test.read_all({2}), ElementsAre("3:quick/a=3", "4:quick/b=4"));
  kill();
  EXPECT_THAT(test.read_all(), ElementsAre("2:a=2"));
  EXPECT_GT(test.log->head().value, 4u);
}

TEST_F(OnFaultDisk, ARestartLeavesNothingOfAMemoryNamespaceAndSaysWhoseEventsItTook) {
  test.settings.namespaces = {
      {.name = "quick", .topics = {"quick/*"}, .retention = {}, .durability = Durability::kMemory}};
  const auto all = testing::matching({"**"});
  for (const bool in_order : {true, false}) {
    FaultDisk other(3);
    test.log.reset();
    test.vfs = other.name();
    ASSERT_TRUE(test.open());
    EXPECT_EQ(test.log->lost_up_to(*all).value, 0u);
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(test.publish(std::vector{event("quick/a", "x"), event("stored", "y")}));
    }
    test.clock.advance(std::chrono::seconds(10));
    test.log->run_background();
    ASSERT_TRUE(test.publish("quick/b", "z"));
    EXPECT_EQ(test.log->stats().topics, 3u);
    if (!in_order) other.kill();
    ASSERT_TRUE(test.open());

    EXPECT_EQ(test.log->stats().topics, 1u);
    const auto list = test.await<std::vector<TopicInfo>>(
        [&](auto done) { test.log->list_topics(nullptr, "", 10, std::move(done)); });
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 1u);
    EXPECT_EQ(*test.await<std::uint64_t>(
                  [&](auto done) { test.log->count(all, {}, test.log->head(), std::move(done)); }),
              5u);
    const auto lost = test.log->lost_up_to(*topics({"quick/a"}));
    EXPECT_EQ(lost, test.log->head());
    EXPECT_EQ(test.log->lost_up_to(*all), lost);
    EXPECT_EQ(test.log->lost_up_to(*topics({"stored"})).value, 0u);

    // It is not forgotten, whatever becomes of the namespace.
    const auto namespaces = std::exchange(test.settings.namespaces, {});
    ASSERT_TRUE(test.open());
    ASSERT_TRUE(test.publish("quick/a", "kept now"));
    EXPECT_EQ(test.log->lost_up_to(*topics({"quick/a"})), lost);
    if (!in_order) other.crash();
    ASSERT_TRUE(test.open());
    EXPECT_EQ(test.log->lost_up_to(*topics({"quick/a"})), lost);
    test.settings.namespaces = namespaces;
    test.log.reset();
  }
}

TEST_F(OnFaultDisk, TheBufferedEventsThatAPowerCutTookAreToldAndLeaveTheIndex) {
  test.settings.namespaces = {{.name = "soft",
                               .topics = {"soft", "softer"},
                               .retention = {},
                               .durability = Durability::kBuffered}};
  std::uint64_t took = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    FaultDisk other(seed);
    test.log.reset();
    test.vfs = other.name();
    ASSERT_TRUE(test.open());
    ASSERT_TRUE(test.publish("soft", "0"));
    ASSERT_TRUE(test.publish("hard", "0"));
    const auto synced = other.contents("disk/log.db-wal");
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(test.publish(i % 2 ? "soft" : "softer", "x"));
    test.clock.advance(std::chrono::seconds(10));
    test.log->run_background();
    const auto before = test.log->head();
    // The index, which is another file, may outlive the log's last commits.
    const auto index = other.contents("disk/topics.db");
    const auto index_wal = other.contents("disk/topics.db-wal");
    other.crash();
    test.log.reset();
    other.set_contents("disk/log.db-wal", synced);
    other.set_contents("disk/topics.db", index);
    other.set_contents("disk/topics.db-wal", index_wal);
    ASSERT_TRUE(test.open());

    const auto left = test.read_all().size();
    took += before.value - left;
    EXPECT_EQ(*test.await<std::uint64_t>([&](auto done) {
      test.log->count(testing::matching({"**"}), {}, test.log->head(), std::move(done));
    }),
              left);
    EXPECT_GT(test.log->lost_up_to(*topics({"soft"})), before);
    EXPECT_EQ(test.log->lost_up_to(*topics({"hard"})).value, 0u);
    const auto lost = test.log->lost_up_to(*topics({"softer"}));
    ASSERT_TRUE(test.publish("soft", "later"));
    ASSERT_TRUE(test.open());
    EXPECT_EQ(test.log->lost_up_to(*topics({"soft"})), lost) << "a clean end loses nothing more";
    test.log.reset();
  }
  EXPECT_GT(took, 0u);
}

TEST_F(OnFaultDisk, AnEventOfSeveralTopicsIsAsLastingAsItsMostLastingTopic) {
  test.settings.namespaces = {
      {.name = "quick", .topics = {"quick"}, .retention = {}, .durability = Durability::kMemory}};
  ASSERT_TRUE(test.open());
  auto both = event("quick", "both");
  both.topics.emplace_back("stored");
  ASSERT_TRUE(test.publish(std::vector{both}));
  crash();
  EXPECT_THAT(test.read_all(), ElementsAre("1:quick=both"));
  EXPECT_EQ(test.log->stats().topics, 2u);
}

TEST(ADataDirectory, ThatWasLeftByAKillLosesNoBufferedEventsWhileTheMachineRuns) {
  const testing::TemporaryDirectory from;
  const testing::TemporaryDirectory to;
  const auto options =
      std::filesystem::copy_options::overwrite_existing | std::filesystem::copy_options::recursive;
  TestLog test;
  test.settings.data_dir = from.path();
  test.settings.durability = Durability::kBuffered;
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("a", "1"));
  // What a kill leaves.
  std::filesystem::copy(from.path(), to.path(), options);
  test.log.reset();
  TestLog after_kill;
  after_kill.settings = test.settings;
  after_kill.settings.data_dir = to.path();
  ASSERT_TRUE(after_kill.open());
  EXPECT_THAT(after_kill.read_all(), ElementsAre("1:a=1"));
  EXPECT_EQ(after_kill.log->lost_up_to(*topics({"a"})).value, 0u);

  // The same after the machine went down.
  ASSERT_TRUE(after_kill.publish("a", "2"));
  std::filesystem::copy(to.path(), from.path(), options);
  after_kill.log.reset();
  std::ofstream(from.path() + "/lock") << "pid 1 since 2024-05-01T10:00:00Z\nboot another\n";
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.log->lost_up_to(*topics({"a"})), test.log->head());
}

TEST_F(OnFaultDisk, AReadBeginsInTheMiddleOfACommitThatIsNotStored) {
  test.settings.namespaces = {
      {.name = "quick", .topics = {"quick"}, .retention = {}, .durability = Durability::kMemory}};
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(test.publish(std::vector{event("quick", "x"), event("quick", "y")}));
    ASSERT_TRUE(test.publish("stored", "z"));
  }
  EXPECT_THAT(test.read_all({4}),
              ElementsAre("5:quick=y", "6:stored=z", "7:quick=x", "8:quick=y", "9:stored=z"));
  EXPECT_THAT(test.read_all({7}), ElementsAre("8:quick=y", "9:stored=z"));
}

TEST_F(OnFaultDisk, UnstoredEventsThatFindNoMoreRoomAreToldByTopic) {
  test.settings.ring_bytes = 100'000;
  test.settings.namespaces = {
      {.name = "quick", .topics = {"quick/*"}, .retention = {}, .durability = Durability::kMemory}};
  ASSERT_TRUE(test.open());
  auto twice = event("quick/once", "1");
  twice.topics.emplace_back("quick/as well");
  ASSERT_TRUE(test.publish(std::vector{std::move(twice)}));
  ASSERT_TRUE(test.publish("stored", "2"));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(test.publish("quick/often", std::string(10'000, 'x')));
  ASSERT_NE(test.listener.floors, nullptr);
  EXPECT_EQ(test.listener.floors->at("quick/once").value, 1u);
  EXPECT_EQ(test.listener.floors->at("quick/as well").value, 1u);
  const auto lost = test.listener.floors->at("quick/often").value;
  const auto found = test.read_all();
  EXPECT_EQ(found.front(), "2:stored=2");
  EXPECT_EQ(found.size(), 1 + test.log->head().value - lost);
  EXPECT_FALSE(test.listener.floors->contains("stored"));
  test.log->run_background();
  test.log->run_background();
  EXPECT_EQ(test.log->stats().topics, 2u) << "the index has forgotten the others";
}

TEST_F(OnFaultDisk, OneFsyncEventSyncsTheWholeGroup) {
  test.settings.namespaces = {
      {.name = "soft", .topics = {"soft"}, .retention = {}, .durability = Durability::kBuffered}};
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("soft", "1"));
  auto syncs = disk.syncs();
  ASSERT_TRUE(test.publish("soft", "2"));
  EXPECT_EQ(disk.syncs(), syncs);
  ASSERT_TRUE(test.publish("hard", "3"));
  EXPECT_GT(disk.syncs(), syncs);
  disk.crash();
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.read_all().size(), 3u);
}

TEST_F(OnFaultDisk, AFailedSyncEndsAllWritingButNotReading) {
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("a", "1"));
  disk.fail_sync(1, "-wal");
  auto failing = test.publish("a", "2");
  ASSERT_FALSE(failing);
  EXPECT_EQ(failing.error().code, ErrorCode::kStorageFailed);
  for (int i = 0; i < 3; ++i) {
    auto later = test.publish("a", "3");
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, ErrorCode::kStorageFailed);
  }
  EXPECT_TRUE(test.log->stats().failed);
  EXPECT_EQ(test.log->head().value, 1u);
  EXPECT_EQ(test.listener.batches.size(), 1u);
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=1"));
  const auto file = disk.contents("disk/log.db");
  const auto wal = disk.contents("disk/log.db-wal");
  test.log->run_background();
  test.log.reset();
  EXPECT_EQ(disk.contents("disk/log.db"), file) << "nothing is written any more";
  EXPECT_EQ(disk.contents("disk/log.db-wal"), wal);
}

TEST_F(OnFaultDisk, WhatIsAcknowledgedAfterAFailedSyncAndARestartSurvivesAPowerCut) {
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("a", "1"));
  disk.fail_sync(1, "-wal");
  EXPECT_FALSE(test.publish("a", "2"));
  kill();
  ASSERT_TRUE(test.publish("a", "3"));
  crash();
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=1", "2:a=2", "3:a=3"));
}

TEST_F(OnFaultDisk, AFailedWriteEndsAllWriting) {
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("a", "1"));
  disk.fail_write(1, "-wal");
  auto failing = test.publish("a", "2");
  ASSERT_FALSE(failing);
  EXPECT_EQ(failing.error().code, ErrorCode::kStorageFailed);
  EXPECT_FALSE(test.publish("a", "3"));
  crash();
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=1"));
  EXPECT_TRUE(test.publish("a", "2"));
}

TEST_F(OnFaultDisk, WhereverTheDiskFailsNothingAcknowledgedIsLostNorAcknowledgedAfter) {
  for (std::uint64_t nth = 1; nth <= 40; ++nth) {
    FaultDisk faulty(nth);
    TestLog log;
    log.vfs = faulty.name();
    log.settings.data_dir = "disk";
    log.settings.wal_bytes = 64 << 10;
    ASSERT_TRUE(log.open());
    if (nth % 2 == 0) {
      faulty.fail_write(nth, "log.db");
      faulty.fail_write(nth, "log.db-wal");
    } else {
      faulty.fail_sync(nth);
    }
    std::vector<std::string> acknowledged;
    bool failed = false;
    for (int i = 1; i <= 60; ++i) {
      const auto outcome = log.publish("a", std::string(3000, 'x') + std::to_string(i));
      if (outcome) {
        ASSERT_FALSE(failed) << "acknowledged after a failure, nth=" << nth;
        std::vector<std::string> seen;
        testing::describe(*log.listener.batches.back(), {}, seen);
        acknowledged.push_back(seen.front());
      } else {
        failed = true;
      }
      log.log->run_background();
    }
    faulty.fail_write(0);
    faulty.fail_sync(0);
    faulty.crash();
    ASSERT_TRUE(log.open()) << nth;
    const auto found = log.read_all();
    ASSERT_GE(found.size(), acknowledged.size()) << nth;
    ASSERT_LE(found.size(), acknowledged.size() + 1) << nth;
    ASSERT_TRUE(std::equal(acknowledged.begin(), acknowledged.end(), found.begin())) << nth;
  }
}

TEST_F(OnFaultDisk, AFailedSyncWhileANamespaceIsAddedEndsAllWriting) {
  ASSERT_TRUE(test.open());
  test.settings.namespaces = {{.name = "new", .topics = {"new/**"}, .retention = {}}};
  disk.fail_sync(1, "-wal");
  test.log->reconfigure(test.settings);
  test.log->run_background();
  EXPECT_TRUE(test.log->stats().failed);
  EXPECT_FALSE(test.publish("a", "1"));
}

TEST_F(OnFaultDisk, TheWriteAheadLogStaysBounded) {
  test.settings.wal_bytes = 1 << 20;
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(test.publish("a", std::string(50'000, 'x')));
    if (i % 10 == 0) test.log->run_background();
  }
  EXPECT_LT(disk.contents("disk/log.db-wal").size(), 3u << 20);
  crash();
  EXPECT_EQ(test.read_all().size(), 300u);
}

TEST_F(OnFaultDisk, WhatRetentionFreedIsGivenBackWhenNothingIsWrittenForAWhile) {
  test.settings.wal_bytes = 64 << 20;
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(test.publish("a", std::string(50'000, 'x')));
  ASSERT_TRUE(test.open());
  EXPECT_GT(disk.contents("disk/log.db").size(), 9'000'000u);
  test.settings.retention = {.events = 10};
  test.log->reconfigure(test.settings);
  for (int second = 0; second < 20; ++second) {
    test.clock.advance(std::chrono::seconds(1));
    test.log->run_background();
  }
  EXPECT_EQ(test.log->stats().events, 10u);
  EXPECT_EQ(test.log->stats().wal_bytes, 0u);
  EXPECT_EQ(disk.contents("disk/log.db-wal").size(), 0u);
  EXPECT_LT(disk.contents("disk/log.db").size(), 2'500'000u);
  const auto writes = disk.writes();
  test.clock.advance(std::chrono::seconds(10));
  test.log->run_background();
  EXPECT_EQ(disk.writes(), writes) << "then there is peace";
  crash();
  EXPECT_EQ(test.read_all(test.log->floor()).size(), 10u);
}

TEST_F(OnFaultDisk, TrimsAndFloorsSurviveARestartAndAreTold) {
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish(std::vector{event("a", "1"), event("b", "2"), event("b", "3")}));
  ASSERT_TRUE(test.trim("a", {1}));
  test.listener.floors.reset();
  crash();
  EXPECT_THAT(test.read_all(), ElementsAre("2:b=2", "3:b=3"));
  ASSERT_TRUE(test.publish("b", "4"));
  ASSERT_NE(test.listener.floors, nullptr);
  EXPECT_EQ(test.listener.floors->at("a").value, 1u);
}

TEST_F(OnFaultDisk, ALostIndexIsBuiltAgainFromTheLog) {
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(test.publish("t" + std::to_string(i % 3), "x"));
  test.log.reset();
  disk.set_contents("disk/topics.db", "not an index");
  ASSERT_TRUE(test.open());
  EXPECT_EQ(*test.await<std::uint64_t>([&](auto done) {
    test.log->count(topics({"t0"}), {}, test.log->head(), std::move(done));
  }),
            4u);
}

}  // namespace
}  // namespace weir::log
