#include "apps/task_feed/metrics.hpp"

#include <string_view>

namespace weir::apps::task_feed {

void add_figures(const Metrics& metrics, std::vector<base::Figure>& out) {
  const auto counter = [&](std::string_view name, std::string_view help, const base::Counter& n) {
    out.push_back({name, true, help, n.get()});
  };
  const auto shared = [&](std::string_view name, std::string_view help,
                          const std::atomic<std::uint64_t>& n) {
    out.push_back({name, true, help, n.load(std::memory_order_relaxed)});
  };
  counter("weir_tasks_created_total", "Tasks that were made.", metrics.created);
  counter("weir_tasks_claimed_total", "Tasks that a worker took.", metrics.claimed);
  counter("weir_task_heartbeats_total", "Heartbeats of workers.", metrics.heartbeats);
  counter("weir_task_progress_total", "Reports of progress.", metrics.progressed);
  counter("weir_task_progress_told_total", "Events `task.progress` that were sent.",
          metrics.progress_told);
  counter("weir_task_progress_left_out_total",
          "Reports of progress that something later of the same task took the place of.",
          metrics.progress_left_out);
  counter("weir_tasks_completed_total", "Tasks that completed.", metrics.completed);
  counter("weir_tasks_failed_total", "Tasks that failed.", metrics.failed);
  counter("weir_tasks_cancelled_total", "Tasks that were cancelled.", metrics.cancelled);
  counter("weir_tasks_retried_total", "Tasks that got another attempt.", metrics.retried);
  counter("weir_tasks_stalled_total", "Times that a worker said nothing for too long.",
          metrics.stalled);
  counter("weir_tasks_removed_total", "Tasks removed by age, or because there were too many.",
          metrics.removed);
  counter("weir_task_stale_attempts_total", "Requests of workers whose attempt was over.",
          metrics.stale_refused);
  counter("weir_tasks_refused_total",
          "Tasks refused because their owner had as many open ones as there may be.",
          metrics.open_refused);
  counter("weir_task_claims_refused_total",
          "Workers refused because as many waited for a task as may.", metrics.claims_refused);
  shared("weir_task_feed_store_queries_total",
         "Statements that the task feed asked the store. Stands still while nothing changes.",
         metrics.queries);
  shared("weir_task_feed_memory_snapshots_total", "Snapshots of feeds that memory held.",
         metrics.from_memory);
  shared("weir_task_feed_row_snapshots_total", "Snapshots of feeds that were read from rows.",
         metrics.from_rows);
  out.push_back(
      {"weir_task_claims_waiting", false, "Workers that wait for a task.", metrics.waiting.get()});
}

}  // namespace weir::apps::task_feed
