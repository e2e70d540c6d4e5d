#include "apps/workflow/engine/metrics.hpp"

namespace weir::apps::workflow {

void add_figures(const WorkflowMetrics& metrics, std::vector<base::Figure>& out) {
  const auto gauge = [&](std::string_view name, std::string_view help, const base::Counter& value) {
    out.push_back({name, false, help, value.get()});
  };
  const auto counter = [&](std::string_view name, std::string_view help,
                           const base::Counter& value) {
    out.push_back({name, true, help, value.get()});
  };
  gauge("weir_workflow_definitions", "Workflows that are defined.", metrics.definitions);
  gauge("weir_workflow_executions_live", "Executions that have not ended.", metrics.live);
  gauge("weir_workflow_executions_queued", "Of these, waiting until fewer others run.",
        metrics.queued);
  gauge("weir_workflow_effects", "Attempts of effects under way.", metrics.effects);
  counter("weir_workflow_started_total", "Executions that were begun.", metrics.started);
  counter("weir_workflow_completed_total", "Executions that have completed.", metrics.completed);
  counter("weir_workflow_failed_total", "Executions that have failed.", metrics.failed);
  counter("weir_workflow_cancelled_total", "Executions that were cancelled.", metrics.cancelled);
  counter("weir_workflow_attempts_total", "Attempts of effects that were begun.", metrics.attempts);
  counter("weir_workflow_retries_total", "Attempts that failed and are tried again.",
          metrics.retries);
  counter("weir_workflow_interrupted_total", "Attempts that a crash of the server ended.",
          metrics.interrupted);
  counter("weir_workflow_late_results_total",
          "Results that were refused because their attempt was over.", metrics.late_results);
  counter("weir_workflow_commit_failures_total",
          "Commits that failed, as on a full disk, and are tried again.", metrics.commit_failures);
  counter("weir_workflow_refused_total", "Executions that were not begun because of a limit.",
          metrics.refused);
  counter("weir_workflow_triggered_total",
          "Executions that a schedule, an event or a webhook has begun.", metrics.triggered);
  counter("weir_workflow_trigger_failures_total",
          "Times that a trigger fired and no execution could be begun.", metrics.trigger_failures);
  counter("weir_workflow_forgotten_total", "Executions that retention has removed.",
          metrics.forgotten);
  counter("weir_workflow_log_bytes_total", "Bytes that nodes have logged.", metrics.log_bytes);
}

}  // namespace weir::apps::workflow
