#include "log/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "log/log_report.hpp"
#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;
using testing::TestLog;

const std::vector<std::string> kEventsOfVersion1 = {"1:news=first", R"(2:orders/17={"id":17})",
                                                    R"(5:orders/17={"id":17,"paid":true})",
                                                    "6:finite=the end", "7:news=last"};

/// A data directory with a log of version 1, made of text.
class OldLog : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream text(WEIR_TEST_VECTORS "/log_version_1.sql");
    std::stringstream sql;
    sql << text.rdbuf();
    ASSERT_FALSE(sql.str().empty());
    execute(sql.str());
    test.settings.data_dir = directory.path();
  }

  std::unique_ptr<SqliteDatabase> database() {
    auto opened =
        SqliteDatabase::open(directory.path() + "/log.db", SqliteDatabase::Mode::kCreate, {});
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  void execute(const std::string& sql) {
    const auto done = database()->execute(sql);
    ASSERT_TRUE(done) << done.error().message();
  }

  TemporaryDirectory directory;
  TestLog test;
};

/// The tables and indices as SQLite keeps their text.
std::vector<std::string> schema_of(SqliteDatabase& database) {
  std::vector<std::string> all;
  auto query = database.prepare("SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name");
  while (query && query->step().value()) all.emplace_back(query->bytes(0));
  return all;
}

TEST_F(OldLog, OpensWithItsEventsItsEpochItsClosuresAndItsDeletions) {
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.log->epoch().value, static_cast<std::uint64_t>(-372149410485232391));
  EXPECT_EQ(test.log->head().value, 7u);
  EXPECT_EQ(test.read_all(), kEventsOfVersion1);
  EXPECT_EQ(test.log->closed_at("finite"), base::Sequence{6});
  EXPECT_THAT(test.read_all({}, testing::topics({"old"})), ElementsAre());
}

TEST_F(OldLog, HasTheTablesOfANewOneAfterItsFirstOpen) {
  ASSERT_TRUE(test.open());
  test.log.reset();
  const auto old = database();
  EXPECT_EQ(old->number("PRAGMA user_version").value(), kSchemaVersion);
  auto fresh = SqliteDatabase::open("", SqliteDatabase::Mode::kMemory, {});
  ASSERT_TRUE(fresh);
  ASSERT_TRUE(prepare_schema(**fresh, {1}));
  EXPECT_EQ(schema_of(*old), schema_of(**fresh));
}

TEST_F(OldLog, WithWhatItsServerHadAddedOpensToo) {
  execute(
      "CREATE TABLE losses (rules TEXT NOT NULL, at_risk BIGINT NOT NULL, memory_up_to BIGINT NOT "
      "NULL, buffered_up_to BIGINT NOT NULL); INSERT INTO losses VALUES ('', 0, 0, 0);");
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.read_all(), kEventsOfVersion1);
}

TEST_F(OldLog, TakesEventsAndIsOpenedAgain) {
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("news", "after the upgrade"));
  ASSERT_TRUE(test.open());
  auto expected = kEventsOfVersion1;
  expected.push_back("8:news=after the upgrade");
  EXPECT_EQ(test.read_all(), expected);
}

TEST_F(OldLog, IsLookedAtWithoutBeingChanged) {
  const auto report = report_log(place_of(directory.path()), 10);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->version, 1);
  EXPECT_EQ(report->events, 7u);
  EXPECT_EQ(database()->number("PRAGMA user_version").value(), 1);
}

TEST_F(OldLog, OfANewerVersionIsRefusedInWordsAndNotTouched) {
  execute("PRAGMA user_version = 99");
  const auto opened = test.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::ErrorCode::kDataDirectoryUnusable);
  EXPECT_THAT(opened.error().detail, HasSubstr("version 99"));
  EXPECT_THAT(opened.error().detail, HasSubstr("a newer weir has written it"));
  EXPECT_EQ(database()->number("SELECT count(*) FROM batches").value(), 7);
  EXPECT_EQ(database()->number("PRAGMA user_version").value(), 99);
}

TEST_F(OldLog, OfAnotherProgramIsRefused) {
  execute("PRAGMA application_id = 7");
  const auto opened = test.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::ErrorCode::kCorrupt);
}

/// Whatever keeps the transaction from being made, all of it or none of it is there.
TEST_F(OldLog, ThatCannotBeUpgradedStaysAsItWas) {
  {
    const auto locked = database();
    ASSERT_TRUE(locked->execute("BEGIN IMMEDIATE"));
    EXPECT_FALSE(test.open());
    ASSERT_TRUE(locked->execute("ROLLBACK"));
  }
  EXPECT_EQ(database()->number("PRAGMA user_version").value(), 1);
  ASSERT_TRUE(test.open());
  EXPECT_EQ(test.read_all(), kEventsOfVersion1);
}

}  // namespace
}  // namespace weir::log
