#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "apps/workflow/engine/commit.hpp"
#include "apps/workflow/engine/engine.hpp"

namespace weir::apps::workflow {

/// What an execution is committing: its own part first, then those of the executions that it
/// starts. The log thread has the changes while it is under way, the engine's all else.
struct Engine::Commit {
  std::vector<ExecutionChange> changes;
  Transition transition;
  ExecutionStatus after = ExecutionStatus::kQueued;
  std::vector<std::pair<Execution, Transition>> children;
  std::vector<Done> dones;
  StartDone started;  ///< Set: the execution begins with it, and is no more if it fails.
  std::function<base::Result<>(log::State&)> also;
};

}  // namespace weir::apps::workflow
