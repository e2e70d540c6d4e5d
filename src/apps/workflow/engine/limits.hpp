#pragma once

#include <chrono>
#include <cstdint>

#include "base/settings.hpp"

namespace weir::apps::workflow {

/// How much executions may have, from the settings.
struct Limits {
  std::uint32_t running_max = 1'000;    ///< Executions that run at once.
  std::uint32_t queued_max = 10'000;    ///< Executions that wait to run.
  std::uint32_t effects_max = 64;       ///< Attempts of effects under way, of all executions.
  std::uint32_t items_max = 1'000;      ///< Of a `foreach`.
  std::uint32_t depth_max = 8;          ///< Executions that start each other, one inside the other.
  std::uint32_t interruptions_max = 3;  ///< Crashes of the server that one node is retried after.
  std::uint64_t value_bytes_max = 256 << 10;       ///< Of a node's output, and of a run's input.
  std::uint64_t log_bytes_max = 1 << 20;           ///< Of a node's log.
  std::chrono::milliseconds cancel_grace{10'000};  ///< After it an effect counts as ended.
  std::uint64_t keep_executions = 100'000;
  std::chrono::milliseconds keep_age{std::chrono::hours(24 * 30)};
};

}  // namespace weir::apps::workflow
