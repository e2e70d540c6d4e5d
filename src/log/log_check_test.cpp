#include "log/log_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "log/sqlite_database.hpp"
#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryDirectory;
using testing::TestLog;

/// A log in two namespaces that was closed in good order, with everything that a check looks at.
class CheckedLog : public ::testing::Test {
 protected:
  void SetUp() override {
    test.settings.data_dir = directory.path();
    base::Namespace orders;
    orders.name = "orders";
    orders.topics = {"orders/**"};
    test.settings.namespaces.push_back(orders);
    ASSERT_TRUE(test.open());
    for (int i = 0; i < 30; ++i) {
      ASSERT_TRUE(test.publish({testing::event("news", "number " + std::to_string(i)),
                                testing::event("orders/" + std::to_string(i % 3), "xyz")}));
    }
    ASSERT_TRUE(test.publish("finite", "end", proto::kTerminal));
    ASSERT_TRUE(test.trim("orders/1", {20}));
    ASSERT_TRUE(test.trim("orders/2", test.log->head(), true));
    test.log->run_background();
  }

  CheckResult check() const {
    auto result = check_log(place_of(directory.path()));
    EXPECT_TRUE(result) << result.error().message();
    return *result;
  }
  void change(const std::string& file, const std::string& sql) {
    test.log.reset();
    auto database =
        SqliteDatabase::open(directory.path() + "/" + file, SqliteDatabase::Mode::kReadWrite, {});
    ASSERT_TRUE(database);
    const auto done = (*database)->execute(sql);
    ASSERT_TRUE(done) << done.error().message();
  }

  TemporaryDirectory directory;
  TestLog test;
};

TEST_F(CheckedLog, IsSoundWhileItIsOpenAndWhenItIsClosed) {
  EXPECT_THAT(check().damage, IsEmpty());
  test.log.reset();
  const auto closed = check();
  EXPECT_THAT(closed.damage, IsEmpty());
  EXPECT_THAT(closed.notes, IsEmpty());
  EXPECT_GT(closed.rows, 30u);
  EXPECT_GE(closed.events, 31u);
}

TEST_F(CheckedLog, ThatRetentionHasTakenFromIsSound) {
  test.settings.retention.events = 10;
  ASSERT_TRUE(test.open());
  test.log->run_background();
  ASSERT_LT(test.log->stats().events, 40u);
  EXPECT_THAT(check().damage, IsEmpty());
}

TEST_F(CheckedLog, TellsOfARowThatFailsItsChecksum) {
  change("log.db", "UPDATE batches SET crc = crc + 1 WHERE id = (SELECT min(id) FROM batches)");
  EXPECT_THAT(check().damage, ElementsAre(HasSubstr("fails its checksum")));
}

TEST_F(CheckedLog, TellsOfTotalsThatAreNotThoseOfTheRows) {
  change("log.db", "UPDATE namespaces SET events = events + 5 WHERE id = 1");
  EXPECT_THAT(check().damage, ElementsAre(HasSubstr("namespace 1: the totals are")));
}

TEST_F(CheckedLog, TellsOfRowsThatClaimTheSamePositions) {
  change("log.db",
         "UPDATE batches SET last_sequence = last_sequence + 4 WHERE id = (SELECT min(id) FROM "
         "batches)");
  EXPECT_THAT(check().damage, Contains(HasSubstr("claim the same positions")));
}

TEST_F(CheckedLog, TellsOfATopicThatTheIndexLacksOrMiscounts) {
  change("topics.db", "DELETE FROM topics WHERE name = 'news'");
  EXPECT_THAT(check().damage, ElementsAre(HasSubstr("lacks the topic \"news\"")));
}

TEST_F(CheckedLog, TellsOfPostingsThatAreNotThere) {
  change("topics.db",
         "DELETE FROM postings WHERE topic = (SELECT id FROM topics WHERE name = 'finite')");
  EXPECT_THAT(check().damage, ElementsAre(HasSubstr("0 events and 0 bytes of \"finite\"")));
}

TEST_F(CheckedLog, OnlyNotesThatTheIndexIsNotThere) {
  test.log.reset();
  std::filesystem::remove(directory.path() + "/topics.db");
  const auto result = check();
  EXPECT_THAT(result.damage, IsEmpty());
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("rebuilt at the next start")));
}

/// Bytes changed anywhere in the file: told, or in what nobody uses.
TEST_F(CheckedLog, OverwrittenAnywhereIsToldOrReadsAsBefore) {
  test.log.reset();
  const auto file = directory.path() + "/log.db";
  std::ifstream in(file, std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), {});
  TestLog whole;
  whole.settings = test.settings;
  std::size_t told = 0;
  for (std::size_t at = 0; at + 600 < good.size(); at += 1531) {
    auto bad = good;
    for (std::size_t i = at; i < at + 600; ++i) bad[i] = static_cast<char>(bad[i] ^ 0x55);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bad;
    const auto result = check_log(place_of(directory.path()));
    if (!result || !result->sound()) {
      ++told;
      continue;
    }
    EXPECT_GE(result->events, 31u) << "silent damage at " << at;
  }
  EXPECT_GE(told, 5u);
}

TEST_F(CheckedLog, IsReportedInFigures) {
  const auto report = report_log(place_of(directory.path()), 2);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->head, test.log->head());
  EXPECT_EQ(report->epoch, test.log->epoch());
  EXPECT_EQ(report->events, test.log->stats().events);
  EXPECT_EQ(report->bytes, test.log->stats().bytes);
  EXPECT_EQ(report->topics, 4u);
  EXPECT_EQ(report->closed_topics, 1u);
  EXPECT_EQ(report->trimmed_topics, test.log->stats().topic_floors);
  ASSERT_EQ(report->largest.size(), 2u);
  EXPECT_EQ(report->largest.front().name, "news");
  EXPECT_EQ(report->largest.front().events, 30u);
  ASSERT_EQ(report->namespaces.size(), 2u);
  EXPECT_EQ(report->namespaces[1].name, "orders");
  EXPECT_TRUE(report->oldest);
  EXPECT_THAT(report->index_note, IsEmpty());
}

/// What the index has not yet taken in is found in the log.
TEST_F(CheckedLog, IsReportedWithItsNewestEvents) {
  ASSERT_TRUE(test.publish("fresh", std::string(5000, 'f')));
  const auto report = report_log(place_of(directory.path()), 1);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->largest.size(), 1u);
  EXPECT_EQ(report->largest.front().name, "fresh");
  EXPECT_EQ(report->largest.front().bytes, 5000u);
}

}  // namespace
}  // namespace weir::log
