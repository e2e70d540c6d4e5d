#pragma once

#include <vector>

#include "base/counter.hpp"
#include "base/figure.hpp"

namespace weir::apps::workflow {

/// Written by the engine's thread, read by any.
struct WorkflowMetrics {
  base::Counter definitions;
  base::Counter live;     ///< Executions that have not ended.
  base::Counter queued;   ///< Of these, waiting to run.
  base::Counter effects;  ///< Attempts of effects under way.
  base::Counter started;
  base::Counter completed;
  base::Counter failed;
  base::Counter cancelled;
  base::Counter attempts;
  base::Counter retries;
  base::Counter interrupted;   ///< Attempts that a crash of the server ended.
  base::Counter late_results;  ///< Refused, of attempts that were over.
  base::Counter commit_failures;
  base::Counter refused;    ///< Starts refused because of a limit.
  base::Counter triggered;  ///< Starts by schedules, events and webhooks.
  base::Counter trigger_failures;
  base::Counter forgotten;  ///< Executions that retention has removed.
  base::Counter log_bytes;
};

void add_figures(const WorkflowMetrics& metrics, std::vector<base::Figure>& out);

}  // namespace weir::apps::workflow
