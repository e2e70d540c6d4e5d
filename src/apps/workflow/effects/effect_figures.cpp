#include "apps/workflow/effects/effect_figures.hpp"

namespace weir::apps::workflow {

void add_figures(const EffectMetrics& metrics, std::vector<base::Figure>& out) {
  const auto add = [&](std::string_view name, bool counter, std::string_view help,
                       const base::Counter& value) {
    out.push_back({name, counter, help, value.get()});
  };
  add("weir_workflow_effects_running", false, "Commands, requests, scripts and publishes of nodes.",
      metrics.running);
  add("weir_workflow_effects_waiting", false,
      "Nodes that wait because as many of their kind run as may.", metrics.waiting);
  add("weir_workflow_effects_processes", false, "Commands that run.", metrics.processes);
  add("weir_workflow_effects_started_total", true, "Attempts of nodes that were to be made.",
      metrics.started);
  add("weir_workflow_effects_succeeded_total", true, "Of these, that succeeded.",
      metrics.succeeded);
  add("weir_workflow_effects_failed_total", true,
      "That failed, for another reason than the two below.", metrics.failed);
  add("weir_workflow_effects_cancelled_total", true, "That were cancelled.", metrics.cancelled);
  add("weir_workflow_effects_timed_out_total", true, "That were not done in time.",
      metrics.timed_out);
  add("weir_workflow_effects_refused_total", true, "That failed because as many waited as may.",
      metrics.refused);
  add("weir_workflow_effects_killed_total", true,
      "Commands that had to be killed because SIGTERM did not end them.", metrics.killed);
  add("weir_workflow_effects_logs_cut_total", true, "Attempts whose log was longer than it may be.",
      metrics.logs_cut);
}

}  // namespace weir::apps::workflow
