#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::apps::workflow {

/// Where an execution stands. The values are stored; never renumber. Those of live executions come
/// first, so that an index finds them.
enum class ExecutionStatus : std::uint8_t {
  kQueued,      ///< Waits until fewer others run.
  kRunning,     ///< At least one node runs, or could.
  kWaiting,     ///< All that is left waits: for a time, a person or another execution.
  kCancelling,  ///< Waits for its running nodes to end.
  kCompleted,
  kFailed,
  kCancelled,
};
inline constexpr std::uint8_t kExecutionStatuses = 7;

/// Where a node of an execution stands. Stored; never renumber.
enum class NodeStatus : std::uint8_t {
  kPending,   ///< What stands before it has not ended.
  kQueued,    ///< Waits for a slot.
  kRunning,   ///< An attempt is under way.
  kRetrying,  ///< The last attempt failed, and the next one has its time.
  kWaiting,   ///< For a time, a person or another execution.
  kCompleted,
  kFailed,
  kSkipped,
  kCancelled,
};

/// What a node waits for. Stored; never renumber.
enum class Awaits : std::uint8_t {
  kNothing,
  kTime,       ///< A `delay`.
  kApproval,   ///< A person, as the definition says.
  kExecution,  ///< The one that a `workflow` node started.
  kDecision,   ///< A person, after a crash: whether to try again (`onCrash: ask`).
};

/// Terminal is terminal: nothing changes one that has ended.
constexpr bool is_terminal(ExecutionStatus status) { return status >= ExecutionStatus::kCompleted; }
constexpr bool is_terminal(NodeStatus status) { return status >= NodeStatus::kCompleted; }

std::string_view name_of(ExecutionStatus status);
std::string_view name_of(NodeStatus status);
std::string_view name_of(Awaits what);
std::optional<ExecutionStatus> execution_status(std::string_view name);

}  // namespace weir::apps::workflow
