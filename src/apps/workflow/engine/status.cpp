#include "apps/workflow/engine/status.hpp"

#include <algorithm>
#include <array>

namespace weir::apps::workflow {
namespace {

constexpr std::array<std::string_view, kExecutionStatuses> kExecutionNames = {
    "queued", "running", "waiting", "cancelling", "completed", "failed", "cancelled"};
constexpr std::array<std::string_view, 9> kNodeNames = {"pending",  "queued",  "running",
                                                        "retrying", "waiting", "completed",
                                                        "failed",   "skipped", "cancelled"};

constexpr std::array<std::string_view, 5> kAwaitsNames = {"nothing", "time", "approval",
                                                          "execution", "decision"};

}  // namespace

std::string_view name_of(Awaits what) { return kAwaitsNames.at(static_cast<std::size_t>(what)); }

std::string_view name_of(ExecutionStatus status) {
  return kExecutionNames.at(static_cast<std::size_t>(status));
}

std::string_view name_of(NodeStatus status) {
  return kNodeNames.at(static_cast<std::size_t>(status));
}

std::optional<ExecutionStatus> execution_status(std::string_view name) {
  const auto* const at = std::find(kExecutionNames.begin(), kExecutionNames.end(), name);
  if (at == kExecutionNames.end()) return std::nullopt;
  return static_cast<ExecutionStatus>(at - kExecutionNames.begin());
}

}  // namespace weir::apps::workflow
