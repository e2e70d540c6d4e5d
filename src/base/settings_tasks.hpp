#pragma once

#include <chrono>
#include <cstdint>

namespace weir::base {

/// The task feed: how much of it is shown, kept and taken.
struct TaskFeedSettings {
  bool enabled = true;
  std::uint32_t active_max = 10;                    ///< Of an owner, in the window.
  std::uint32_t completed_max = 5;                  ///< The same of those that have ended.
  std::chrono::milliseconds stalled_after{30'000};  ///< Without a heartbeat of its worker.
  std::uint32_t progress_per_second = 4;            ///< Of one task, told to who watches.
  std::uint32_t open_max = 10'000;                  ///< Of an owner, that have not ended.
  std::uint32_t history_max = 1'000;                ///< Of an owner, that have ended.
  std::chrono::milliseconds history_retention{std::chrono::hours(24 * 90)};  ///< 0: no limit.
  std::uint32_t page_max = 100;                                              ///< In an answer.
  std::uint64_t body_bytes_max = 64ULL << 10;  ///< Of what is kept beside a task, each.
  std::uint32_t attempts_kept = 20;            ///< Of a task.
  std::uint32_t stages_max = 100;              ///< Of an attempt.
  std::uint64_t memory_bytes = 64ULL << 20;    ///< For the windows.
  std::chrono::milliseconds claim_wait_max{60'000};
  std::uint32_t claims_waiting_max = 1'000;
};

}  // namespace weir::base
