#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/workflow/engine/execution.hpp"
#include "base/result.hpp"
#include "log/log.hpp"

/// Reads executions and definitions back from the tables.
namespace weir::apps::workflow::store {

/// A definition as it is stored.
struct StoredDefinition {
  std::string id;
  std::uint64_t version = 0;
  std::string json;
  base::UnixMillis created = 0;
};

/// The newest version of each.
base::Result<std::vector<StoredDefinition>> latest_definitions(log::State& state);
/// One version; 0: the newest. None if there is none.
base::Result<std::optional<StoredDefinition>> find_definition(log::State& state,
                                                              const std::string& id,
                                                              std::uint64_t version);

/// An execution with its nodes; their `node` is not set (Execution::restore does that).
struct StoredExecution {
  ExecutionRow row;
  std::vector<NodeRun> runs;             ///< Containers before their children.
  std::vector<std::uint64_t> log_bytes;  ///< Of each run's log.
};

base::Result<std::optional<StoredExecution>> find_execution(log::State& state,
                                                            const std::string& id);
/// All that have not ended, in the order of their numbers.
base::Result<std::vector<StoredExecution>> live_executions(log::State& state);
/// The row alone.
base::Result<std::optional<ExecutionRow>> find_row(log::State& state, const std::string& id);
/// The same; kNotFound if there is none, also because nothing was ever executed.
base::Result<ExecutionRow> need_row(log::State& state, const std::string& id);

/// Makes an execution of what was stored.
Execution rebuild(StoredExecution stored, std::shared_ptr<const Definition> definition);

}  // namespace weir::apps::workflow::store
