#include "apps/workflow/engine/schema.hpp"

#include <gtest/gtest.h>

#include "apps/workflow/engine/load.hpp"
#include "log/testing/test_log.hpp"

namespace weir::apps::workflow::store {
namespace {

// What version 1 had otherwise, with a workflow and a node that ran.
constexpr const char* kVersion1[] = {
    "CREATE TABLE workflow_list (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, "
    "rev BIGINT NOT NULL, next_number BIGINT NOT NULL)",
    "INSERT INTO workflow_list VALUES (1, 1, 7, 2)",
    "CREATE TABLE workflow_definitions (id TEXT NOT NULL, version BIGINT NOT NULL, "
    "name TEXT NOT NULL, json TEXT NOT NULL, source TEXT NOT NULL, format TEXT NOT NULL, "
    "created BIGINT NOT NULL, author TEXT NOT NULL, PRIMARY KEY (id, version))",
    "INSERT INTO workflow_definitions VALUES ('old', 3, '', '{}', '{}', 'json', 5, '')",
    "CREATE TABLE workflow_nodes (execution BIGINT NOT NULL, node TEXT NOT NULL, "
    "chosen_case TEXT NOT NULL, child TEXT NOT NULL, PRIMARY KEY (execution, node))",
    "INSERT INTO workflow_nodes VALUES (1, 'a', '', '')",
    "CREATE TABLE workflow_starts (idempotency_key TEXT PRIMARY KEY)",
};

class WorkflowSchema : public testing::Test {
 protected:
  void SetUp() override {
    test.settings.data_dir = directory.path();
    ASSERT_TRUE(test.open());
  }
  base::Result<> commit(std::function<base::Result<>(log::State&)> change) {
    return test.commit([&](log::Transaction& transaction) { return change(transaction.state()); });
  }
  static base::Result<> run(log::State& state, std::string_view statement) {
    return state.execute(statement, {});
  }

  log::testing::TemporaryDirectory directory;
  log::testing::TestLog test;
};

TEST_F(WorkflowSchema, TablesOfVersion1AreBroughtUpToDateAndKeepTheirRows) {
  ASSERT_TRUE(commit([](log::State& state) -> base::Result<> {
    for (const auto* const statement : kVersion1) {
      if (auto done = run(state, statement); !done) return done;
    }
    return {};
  }));
  ASSERT_TRUE(commit(upgrade));
  ASSERT_TRUE(commit(upgrade)) << "once more changes nothing";
  ASSERT_TRUE(commit([](log::State& state) -> base::Result<> {
    const auto found = find_definition(state, "old", 0);
    EXPECT_TRUE(found && *found && (*found)->version == 3 && (*found)->deleted == 0);
    std::string next;
    auto read = state.query("SELECT next FROM workflow_nodes", {},
                            [&](log::Row row) { next = std::get<std::string>(row[0]); });
    EXPECT_EQ(next, "[]");
    EXPECT_FALSE(state.query("SELECT 1 FROM workflow_starts", {}, [](log::Row) {}));
    return read;
  }));
}

TEST_F(WorkflowSchema, NewTablesAreLeftAlone) {
  ASSERT_TRUE(commit(upgrade)) << "there are none";
  ASSERT_TRUE(commit(prepare));
  ASSERT_TRUE(commit(upgrade));
}

TEST_F(WorkflowSchema, TablesOfANewerWeirAreRefused) {
  ASSERT_TRUE(commit(prepare));
  ASSERT_TRUE(commit(
      [](log::State& state) { return run(state, "UPDATE workflow_list SET version = 99"); }));
  const auto outcome = commit(upgrade);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, base::ErrorCode::kDataDirectoryUnusable);
}

}  // namespace
}  // namespace weir::apps::workflow::store
