#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/counter.hpp"
#include "base/figure.hpp"

namespace weir::apps::task_feed {

/// Counters, read by any thread.
struct Metrics {
  // Written by the log thread.
  base::Counter created;
  base::Counter claimed;
  base::Counter heartbeats;
  base::Counter progressed;  ///< Reports of progress that were taken.
  base::Counter completed;
  base::Counter failed;
  base::Counter cancelled;
  base::Counter retried;
  base::Counter stalled;
  base::Counter removed;        ///< By age, or because there were too many.
  base::Counter stale_refused;  ///< Of an attempt that is over.
  base::Counter open_refused;   ///< An owner had as many open tasks as there may be.
  // Written under the lock of the pace.
  base::Counter progress_told;
  base::Counter progress_left_out;  ///< Something later of the same task took its place.
  // Written by the keeper's thread.
  base::Counter waiting;         ///< Claims that wait for a task.
  base::Counter claims_refused;  ///< As many waited as may.
  // Written by several.
  std::atomic<std::uint64_t> queries{0};      ///< Statements that the store was asked.
  std::atomic<std::uint64_t> from_memory{0};  ///< Snapshots.
  std::atomic<std::uint64_t> from_rows{0};
};

/// Adds the task feed's figures to those of the server. Any thread.
void add_figures(const Metrics& metrics, std::vector<base::Figure>& out);

}  // namespace weir::apps::task_feed
