#pragma once

#include <set>
#include <string>

#include "apps/workflow/engine/execution.hpp"
#include "base/random.hpp"

namespace weir::apps::workflow::testing {

/// A world for one execution, in which time is what the test says.
struct FakeWorld {
  base::Random random{1};
  Limits limits;
  base::UnixMillis now = 1'000'000;
  std::size_t slots = 1'000;      ///< Effects at once.
  std::set<std::string> holding;  ///< Who has one.
  std::uint64_t ids = 0;
  bool children_exist = true;

  World world() {
    return {.now = now,
            .random = &random,
            .limits = &limits,
            .may_start =
                [this](const NodeRun& run) {
                  if (holding.contains(run.path)) return true;
                  if (holding.size() >= slots) return false;
                  holding.insert(run.path);
                  return true;
                },
            .new_id = [this] { return "wf_exec_" + std::to_string(++ids); },
            .check_child = [this](const std::string&, const boost::json::value&) -> base::Result<> {
              if (children_exist) return {};
              return base::make_error(base::ErrorCode::kNotFound, "workflow");
            }};
  }

  /// Who runs holds a slot, and nobody else.
  void settle(const Execution& execution) {
    holding.clear();
    for (const auto& run : execution.runs()) {
      if (run.status == NodeStatus::kRunning && run.is_effect()) holding.insert(run.path);
    }
  }
};

}  // namespace weir::apps::workflow::testing
