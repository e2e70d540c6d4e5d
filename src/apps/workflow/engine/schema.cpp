#include "apps/workflow/engine/schema.hpp"

#include <fmt/format.h>

#include "apps/once.hpp"
#include "log/statements.hpp"
#include "log/value.hpp"

namespace weir::apps::workflow::store {
namespace {

constexpr const char* kTables[] = {
    // One row: what the list as a whole counts.
    "CREATE TABLE IF NOT EXISTS workflow_list (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, "
    "rev BIGINT NOT NULL, next_number BIGINT NOT NULL)",
    // `deleted`, of the newest version: when the workflow was; 0: it was not.
    "CREATE TABLE IF NOT EXISTS workflow_definitions (id TEXT NOT NULL, version BIGINT NOT NULL, "
    "name TEXT NOT NULL, json TEXT NOT NULL, source TEXT NOT NULL, format TEXT NOT NULL, "
    "created BIGINT NOT NULL, author TEXT NOT NULL, deleted BIGINT NOT NULL DEFAULT 0, "
    "PRIMARY KEY (id, version))",
    "CREATE TABLE IF NOT EXISTS workflow_executions (number BIGINT PRIMARY KEY, "
    "id TEXT NOT NULL UNIQUE, workflow TEXT NOT NULL, workflow_name TEXT NOT NULL, "
    "version BIGINT NOT NULL, status BIGINT NOT NULL, rev BIGINT NOT NULL, "
    "last_position BIGINT NOT NULL, created BIGINT NOT NULL, started BIGINT NOT NULL, "
    "ended BIGINT NOT NULL, deadline BIGINT NOT NULL, input TEXT NOT NULL, output TEXT NOT NULL, "
    "error TEXT NOT NULL, started_by TEXT NOT NULL, parent TEXT NOT NULL, "
    "parent_node TEXT NOT NULL, rerun_of TEXT NOT NULL, rerun_from TEXT NOT NULL, "
    "depth BIGINT NOT NULL, stopping BIGINT NOT NULL, trace TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS workflow_executions_by_status "
    "ON workflow_executions (status, number)",
    "CREATE INDEX IF NOT EXISTS workflow_executions_by_workflow "
    "ON workflow_executions (workflow, number)",
    "CREATE INDEX IF NOT EXISTS workflow_executions_by_both "
    "ON workflow_executions (workflow, status, number)",
    "CREATE TABLE IF NOT EXISTS workflow_nodes (execution BIGINT NOT NULL, node TEXT NOT NULL, "
    "position BIGINT NOT NULL, parent TEXT NOT NULL, status BIGINT NOT NULL, "
    "awaits BIGINT NOT NULL, attempt BIGINT NOT NULL, failures BIGINT NOT NULL, "
    "interruptions BIGINT NOT NULL, ending BIGINT NOT NULL, kept BIGINT NOT NULL, "
    "started BIGINT NOT NULL, attempt_started BIGINT NOT NULL, ended BIGINT NOT NULL, "
    "due BIGINT NOT NULL, input TEXT NOT NULL, output TEXT NOT NULL, error TEXT NOT NULL, "
    "chosen_case TEXT NOT NULL, child TEXT NOT NULL, next TEXT NOT NULL, "
    "PRIMARY KEY (execution, node))",
    "CREATE TABLE IF NOT EXISTS workflow_attempts (execution BIGINT NOT NULL, node TEXT NOT NULL, "
    "attempt BIGINT NOT NULL, result TEXT NOT NULL, started BIGINT NOT NULL, "
    "ended BIGINT NOT NULL, error TEXT NOT NULL, PRIMARY KEY (execution, node, attempt))",
    "CREATE TABLE IF NOT EXISTS workflow_logs (execution BIGINT NOT NULL, node TEXT NOT NULL, "
    "position BIGINT NOT NULL, attempt BIGINT NOT NULL, time BIGINT NOT NULL, "
    "stream TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (execution, node, position))",
    // A row of each workflow, and one named "" of all together.
    "CREATE TABLE IF NOT EXISTS workflow_stats (workflow TEXT PRIMARY KEY, total BIGINT NOT NULL, "
    "queued BIGINT NOT NULL, running BIGINT NOT NULL, waiting BIGINT NOT NULL, "
    "cancelling BIGINT NOT NULL, completed BIGINT NOT NULL, failed BIGINT NOT NULL, "
    "cancelled BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS workflow_approvals (execution BIGINT NOT NULL, "
    "node TEXT NOT NULL, execution_id TEXT NOT NULL, workflow TEXT NOT NULL, "
    "requested BIGINT NOT NULL, expires BIGINT NOT NULL, title TEXT NOT NULL, "
    "message TEXT NOT NULL, approvers TEXT NOT NULL, PRIMARY KEY (execution, node))",
    // `position` is the trigger's place in its definition.
    "CREATE TABLE IF NOT EXISTS workflow_triggers (workflow TEXT NOT NULL, "
    "position BIGINT NOT NULL, source TEXT NOT NULL, enabled BIGINT NOT NULL, "
    "reached BIGINT NOT NULL, PRIMARY KEY (workflow, position))",
    "CREATE TABLE IF NOT EXISTS workflow_hooks (token_hash TEXT PRIMARY KEY, "
    "workflow TEXT NOT NULL, hook TEXT NOT NULL, created BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS workflow_secrets (name TEXT PRIMARY KEY, sealed TEXT NOT NULL, "
    "created BIGINT NOT NULL, updated BIGINT NOT NULL)",
    "INSERT INTO workflow_list (id, version, rev, next_number) VALUES (1, 2, 0, 1) "
    "ON CONFLICT (id) DO NOTHING",
};

constexpr std::int64_t kVersion = 2;

// From version 1 to 2. The answers to starts are kept with those of the other applications since
// then (apps::once); a day's worth of keys is forgotten with the old ones.
constexpr const char* kToVersion2[] = {
    "ALTER TABLE workflow_definitions ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE workflow_nodes ADD COLUMN next TEXT NOT NULL DEFAULT '[]'",
    "DROP TABLE IF EXISTS workflow_starts",
    "UPDATE workflow_list SET version = 2",
};

}  // namespace

base::Result<> prepare(log::State& state) {
  if (auto made = log::execute_all(state, kTables); !made) return made;
  return once::prepare(state);
}

base::Result<> upgrade(log::State& state) {
  const auto prepared = is_prepared(state);
  if (!prepared) return prepared.error();
  if (!*prepared) return {};
  std::int64_t version = 0;
  auto read = state.query("SELECT version FROM workflow_list", {},
                          [&](log::Row row) { version = log::integer_of(row[0]); });
  if (!read) return read;
  if (version > kVersion) {
    return base::make_error(
        base::ErrorCode::kDataDirectoryUnusable,
        fmt::format("the workflows are of version {}, and this program knows versions up to {}: a "
                    "newer weir has written them",
                    version, kVersion));
  }
  if (version == kVersion) return {};
  if (auto done = log::execute_all(state, kToVersion2); !done) return done;
  return once::prepare(state);
}

base::Result<bool> is_prepared(log::State& state) {
  const auto read = state.query("SELECT rev FROM workflow_list", {}, [](log::Row) {});
  if (read) return true;
  // Without the table, which the first definition makes, the statement is a bad one.
  if (read.error().code == base::ErrorCode::kInternal) return false;
  return read.error();
}

}  // namespace weir::apps::workflow::store
