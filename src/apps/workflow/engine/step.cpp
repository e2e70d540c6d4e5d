// A step of an execution: what happens to it as a whole, and how it is told.

#include "apps/workflow/engine/step.hpp"

#include <algorithm>
#include <utility>

#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

/// Of a text that goes along with an event; the whole is at the resource's own address.
constexpr std::size_t kEventTextBytesMax = 256;

}  // namespace

void Execution::Step::tell(std::string type, Fields fields) {
  fields["status"] = name_of(row().status);
  fields["workflowId"] = row().workflow;
  fields["workflowName"] = row().workflow_name;
  out_.events.push_back({.type = std::move(type),
                         .node = {},
                         .rev = ++row().rev,
                         .timestamp = now(),
                         .fields = std::move(fields)});
}

void Execution::Step::tell(const NodeRun& run, std::string type, Fields fields) {
  fields["status"] = name_of(run.status);
  if (!run.parent.empty()) fields["parentId"] = run.parent;
  if (!run.error.empty()) fields["error"] = shortened(run.error, kEventTextBytesMax);
  if (run.kept) fields["kept"] = true;
  changed(run);
  out_.events.push_back({.type = std::move(type),
                         .node = run.path,
                         .attempt = run.attempt,
                         .rev = ++row().rev,
                         .timestamp = now(),
                         .fields = std::move(fields)});
}

Execution::Step::Fields Execution::Step::end_fields(const NodeRun& run) const {
  Fields fields;
  if (run.started != 0) {
    fields["startTime"] = proto::format_rfc3339(run.started);
    fields["duration"] = run.ended - run.started;
  }
  fields["endTime"] = proto::format_rfc3339(run.ended);
  return fields;
}

void Execution::Step::create(bool begins) {
  if (!begins) tell("workflow.queued");
  if (begins) begin();
  // The graph's order: who reads along sees each behind what it depends on.
  for (const auto index : it_.definition_->order) {
    const auto& run = it_.runs_[index];
    if (!run.kept) continue;
    auto fields = end_fields(run);
    if (run.status != NodeStatus::kSkipped) {
      for (auto& [name, value] : way_fields(run)) fields[name] = std::move(value);
    }
    tell(run, "node." + std::string(name_of(run.status)), std::move(fields));
  }
}

void Execution::Step::begin() {
  row().status = ExecutionStatus::kRunning;
  row().started = now();
  if (const auto limit = it_.definition_->timeout) row().deadline = now() + limit->count();
  tell("workflow.started", {{"startTime", proto::format_rfc3339(row().started)}});
}

void Execution::Step::handle(const command::Begin&) {
  if (row().status == ExecutionStatus::kQueued) begin();
}

void Execution::Step::handle(const command::Cancel& command) {
  if (row().stopping != Stopping::kNo) return;
  stop(Stopping::kCancelled, command.by.empty() ? std::string() : "cancelled by " + command.by);
}

void Execution::Step::handle(const command::Look&) {
  if (row().status == ExecutionStatus::kQueued) return;
  if (row().stopping == Stopping::kNo && row().deadline != 0 && row().deadline <= now()) {
    return stop(Stopping::kFailed, "the execution has timed out");
  }
  // A run that becomes due may end others, but adds none that is due.
  for (auto& run : it_.runs_) {
    if (!run.terminal() && run.due != 0 && run.due <= now()) on_time(run);
  }
}

void Execution::Step::handle(const command::Recover&) {
  for (auto& run : it_.runs_) {
    if (run.status == NodeStatus::kRunning && !run.is_container()) interrupted(run);
  }
}

/// Lets nothing more begin, and ends what is under way.
void Execution::Step::stop(Stopping why, std::string error) {
  row().stopping = why;
  row().error = std::move(error);
  if (why == Stopping::kCancelled) {
    row().status = ExecutionStatus::kCancelling;
    tell("workflow.cancelling");
  }
  // Containers end with their children.
  for (auto& run : it_.runs_) {
    if (!run.terminal() && !(run.is_container() && run.status == NodeStatus::kRunning)) cancel(run);
  }
  for (auto& run : it_.runs_) {
    if (run.is_container() && run.status == NodeStatus::kRunning) run.ending = true;
  }
}

void Execution::Step::settle() {
  if (row().status == ExecutionStatus::kQueued) return;
  while (!it_.terminal() && advance()) {
  }
  if (it_.terminal()) return;
  const auto nodes = static_cast<std::ptrdiff_t>(it_.definition_->nodes.size());
  const bool over = std::all_of(it_.runs_.begin(), it_.runs_.begin() + nodes,
                                [](const auto& run) { return run.terminal(); });
  over ? finish() : note_status();
}

/// Running while something runs or could, else waiting.
void Execution::Step::note_status() {
  if (row().status == ExecutionStatus::kCancelling) return;
  const bool active = std::any_of(it_.runs_.begin(), it_.runs_.end(),
                                  [](const auto& run) { return run.is_active_leaf(); });
  const auto status = active ? ExecutionStatus::kRunning : ExecutionStatus::kWaiting;
  if (status == row().status) return;
  row().status = status;
  tell(active ? "workflow.resumed" : "workflow.waiting");
}

void Execution::Step::finish() {
  auto& row = this->row();
  row.status = row.stopping == Stopping::kCancelled ? ExecutionStatus::kCancelled
               : row.stopping == Stopping::kFailed  ? ExecutionStatus::kFailed
                                                    : ExecutionStatus::kCompleted;
  if (row.status == ExecutionStatus::kCompleted && it_.definition_->output) {
    auto output = resolve(*it_.definition_->output, it_.scope(nullptr));
    if (!output) {
      row.status = ExecutionStatus::kFailed;
      row.error = "output: " + output.error().detail;
    } else if (json::serialize(*output).size() > world_.limits->value_bytes_max) {
      row.status = ExecutionStatus::kFailed;
      row.error = "output: it is larger than workflow_value_bytes_max";
    } else {
      row.output = std::move(*output);
    }
  }
  row.ended = now();
  Fields fields{{"endTime", proto::format_rfc3339(row.ended)},
                {"executionTime", row.started == 0 ? 0 : row.ended - row.started}};
  if (!row.error.empty()) fields["error"] = shortened(row.error, kEventTextBytesMax);
  tell("workflow." + std::string(name_of(row.status)), std::move(fields));
}

}  // namespace weir::apps::workflow
