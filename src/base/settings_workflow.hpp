#pragma once

#include <chrono>
#include <cstdint>

namespace weir::base {

/// How many executions of workflows there may be, and what each may have.
struct WorkflowSettings {
  bool enabled = true;
  std::uint32_t running_max = 1'000;  ///< Executions at once.
  std::uint32_t queued_max = 10'000;  ///< Executions that wait to run.
  std::uint32_t effects_max = 64;     ///< Attempts at once, of all executions.
  std::uint32_t items_max = 1'000;    ///< Of a `foreach`.
  std::uint32_t depth_max = 8;        ///< Executions inside each other.
  std::uint32_t interruptions_max = 3;
  std::uint64_t value_bytes_max = 1ULL << 20;  ///< Of an output, and of an execution's input.
  std::uint64_t log_bytes_max = 8ULL << 20;    ///< Of a node.
  std::chrono::milliseconds cancel_grace{10'000};
  std::uint64_t keep_executions = 100'000;  ///< 0: without this limit.
  std::chrono::milliseconds keep_age{std::chrono::hours(24 * 30)};
  std::uint32_t page_max = 1'000;  ///< Executions in an answer.
};

}  // namespace weir::base
