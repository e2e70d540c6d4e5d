#include "apps/workflow/engine/load.hpp"

#include <utility>

#include "apps/workflow/engine/schema.hpp"
#include "log/value.hpp"

namespace weir::apps::workflow::store {
namespace {

namespace json = boost::json;

/// What this program wrote is JSON.
json::value parsed(const log::Value& value) {
  boost::system::error_code error;
  auto out = json::parse(log::text_of(value), error);
  return error ? json::value() : out;
}

constexpr const char* kRowColumns =
    "number, id, workflow, workflow_name, version, status, rev, created, started, ended, deadline, "
    "input, output, error, started_by, parent, parent_node, rerun_of, rerun_from, depth, stopping, "
    "trace";

ExecutionRow row_of(log::Row columns) {
  ExecutionRow row;
  row.number = log::natural_of(columns[0]);
  row.id = log::text_of(columns[1]);
  row.workflow = log::text_of(columns[2]);
  row.workflow_name = log::text_of(columns[3]);
  row.version = log::natural_of(columns[4]);
  row.status = static_cast<ExecutionStatus>(log::integer_of(columns[5]));
  row.rev = log::natural_of(columns[6]);
  row.created = log::integer_of(columns[7]);
  row.started = log::integer_of(columns[8]);
  row.ended = log::integer_of(columns[9]);
  row.deadline = log::integer_of(columns[10]);
  row.input = parsed(columns[11]);
  row.output = parsed(columns[12]);
  row.error = log::text_of(columns[13]);
  row.trigger = parsed(columns[14]);
  row.parent = log::text_of(columns[15]);
  row.parent_node = log::text_of(columns[16]);
  row.rerun_of = log::text_of(columns[17]);
  row.rerun_from = log::text_of(columns[18]);
  row.depth = static_cast<std::uint32_t>(log::integer_of(columns[19]));
  row.stopping = static_cast<Stopping>(log::integer_of(columns[20]));
  row.trace = log::text_of(columns[21]);
  return row;
}

NodeRun run_of(log::Row columns) {
  NodeRun run;
  run.path = log::text_of(columns[0]);
  run.status = static_cast<NodeStatus>(log::integer_of(columns[1]));
  run.awaits = static_cast<Awaits>(log::integer_of(columns[2]));
  run.attempt = static_cast<std::uint32_t>(log::integer_of(columns[3]));
  run.failures = static_cast<std::uint32_t>(log::integer_of(columns[4]));
  run.interruptions = static_cast<std::uint32_t>(log::integer_of(columns[5]));
  run.ending = log::integer_of(columns[6]) != 0;
  run.kept = log::integer_of(columns[7]) != 0;
  run.started = log::integer_of(columns[8]);
  run.attempt_started = log::integer_of(columns[9]);
  run.ended = log::integer_of(columns[10]);
  run.due = log::integer_of(columns[11]);
  run.input = parsed(columns[12]);
  run.output = parsed(columns[13]);
  run.error = log::text_of(columns[14]);
  run.chosen_case = log::text_of(columns[15]);
  run.child = log::text_of(columns[16]);
  return run;
}

base::Result<> read_runs(log::State& state, StoredExecution& execution) {
  const log::Value of[] = {static_cast<std::int64_t>(execution.row.number)};
  auto read = state.query(
      "SELECT node, status, awaits, attempt, failures, interruptions, ending, kept, started, "
      "attempt_started, ended, due, input, output, error, chosen_case, child "
      "FROM workflow_nodes WHERE execution = ? ORDER BY position",
      of, [&](log::Row columns) { execution.runs.push_back(run_of(columns)); });
  if (!read) return read;
  for (const auto& run : execution.runs) {
    std::uint64_t bytes = 0;
    const log::Value which[] = {static_cast<std::int64_t>(execution.row.number), run.path};
    // The last piece says where the log ends.
    read = state.query(
        "SELECT position, text FROM workflow_logs WHERE execution = ? AND node = ? "
        "ORDER BY position DESC LIMIT 1",
        which, [&](log::Row columns) {
          bytes = log::natural_of(columns[0]) + log::text_of(columns[1]).size();
        });
    if (!read) return read;
    execution.log_bytes.push_back(bytes);
  }
  return {};
}

StoredDefinition definition_of(log::Row columns) {
  return {log::text_of(columns[0]), log::natural_of(columns[1]), log::text_of(columns[2]),
          log::integer_of(columns[3])};
}

}  // namespace

base::Result<std::vector<StoredDefinition>> latest_definitions(log::State& state) {
  std::vector<StoredDefinition> out;
  auto read = state.query(
      "SELECT id, version, json, created FROM workflow_definitions AS d WHERE version = "
      "(SELECT MAX(version) FROM workflow_definitions WHERE id = d.id) ORDER BY id",
      {}, [&](log::Row columns) { out.push_back(definition_of(columns)); });
  if (!read) return read.error();
  return out;
}

base::Result<std::optional<StoredDefinition>> find_definition(log::State& state,
                                                              const std::string& id,
                                                              std::uint64_t version) {
  std::optional<StoredDefinition> out;
  const log::Value which[] = {id, static_cast<std::int64_t>(version)};
  auto read = state.query(
      version == 0 ? "SELECT id, version, json, created FROM workflow_definitions WHERE id = ? "
                     "AND version >= ? ORDER BY version DESC LIMIT 1"
                   : "SELECT id, version, json, created FROM workflow_definitions WHERE id = ? "
                     "AND version = ?",
      which, [&](log::Row columns) { out = definition_of(columns); });
  if (!read) return read.error();
  return out;
}

base::Result<std::optional<ExecutionRow>> find_row(log::State& state, const std::string& id) {
  std::optional<ExecutionRow> out;
  const log::Value which[] = {id};
  const auto sql = std::string("SELECT ") + kRowColumns + " FROM workflow_executions WHERE id = ?";
  auto read = state.query(sql, which, [&](log::Row columns) { out = row_of(columns); });
  if (!read) return read.error();
  return out;
}

base::Result<ExecutionRow> need_row(log::State& state, const std::string& id) {
  const auto prepared = is_prepared(state);
  if (!prepared) return prepared.error();
  if (*prepared) {
    auto row = find_row(state, id);
    if (!row) return row.error();
    if (*row) return std::move(**row);
  }
  return base::make_error(base::ErrorCode::kNotFound, id);
}

base::Result<std::optional<StoredExecution>> find_execution(log::State& state,
                                                            const std::string& id) {
  auto row = find_row(state, id);
  if (!row) return row.error();
  if (!*row) return std::optional<StoredExecution>();
  StoredExecution found{.row = std::move(**row), .runs = {}, .log_bytes = {}};
  if (auto read = read_runs(state, found); !read) return read.error();
  return std::optional(std::move(found));
}

base::Result<std::vector<StoredExecution>> live_executions(log::State& state) {
  std::vector<StoredExecution> out;
  const auto sql = std::string("SELECT ") + kRowColumns +
                   " FROM workflow_executions WHERE status < ? ORDER BY number";
  const log::Value live[] = {static_cast<std::int64_t>(ExecutionStatus::kCompleted)};
  auto read = state.query(sql, live, [&](log::Row columns) {
    out.push_back({.row = row_of(columns), .runs = {}, .log_bytes = {}});
  });
  if (!read) return read.error();
  for (auto& each : out) {
    if (auto nodes = read_runs(state, each); !nodes) return nodes.error();
  }
  return out;
}

Execution rebuild(StoredExecution stored, std::shared_ptr<const Definition> definition) {
  Execution execution(std::move(stored.row), std::move(definition));
  for (auto& run : stored.runs) execution.restore(std::move(run));
  return execution;
}

}  // namespace weir::apps::workflow::store
