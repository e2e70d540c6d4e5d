// A step of an execution: how a node begins, waits and ends.

#include <algorithm>
#include <utility>

#include "apps/workflow/engine/step.hpp"
#include "base/units.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

/// Of what is kept with the node; events have less.
constexpr std::size_t kErrorBytesMax = 4096;

const json::value* member(const json::value& of, std::string_view name) {
  const auto* const object = of.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

std::string text_of(const json::value& of, std::string_view name) {
  const auto* const found = member(of, name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// When a delay is over.
base::Result<base::UnixMillis> end_of_delay(const json::value& with, base::UnixMillis now) {
  if (const auto duration = text_of(with, "duration"); !duration.empty()) {
    const auto parsed = base::parse_duration(duration);
    if (!parsed) return parsed.error();
    return now + parsed->count();
  }
  const auto* const until = member(with, "until");
  if (until != nullptr && until->is_int64()) return until->get_int64();
  if (const auto time = proto::parse_rfc3339(text_of(with, "until"))) return *time;
  return base::make_error(base::ErrorCode::kBadRequest,
                          "until takes a date-time of RFC 3339 or milliseconds since 1970");
}

}  // namespace

void Execution::Step::try_start(NodeRun& run) {
  const bool needs_slot = run.is_effect() || run.node->concurrency;
  if (!needs_slot || world_.may_start(run)) return begin_attempt(run);
  if (run.status == NodeStatus::kQueued) return;
  run.status = NodeStatus::kQueued;
  run.due = 0;
  tell(run, "node.queued");
}

void Execution::Step::begin_attempt(NodeRun& run) {
  ++run.attempt;
  run.attempt_started = now();
  if (run.started == 0) run.started = now();
  run.status = NodeStatus::kRunning;
  run.awaits = Awaits::kNothing;
  run.error.clear();
  run.output = nullptr;
  run.due = 0;
  if (const auto limit = run.node->timeout) {
    // Whoever carries an effect out has its deadline, and ends it; this is for who does not.
    const auto grace = run.is_effect() ? world_.limits->cancel_grace.count() : 0;
    run.due = now() + limit->count() + grace;
  }
  tell(run, "node.started",
       {{"startTime", proto::format_rfc3339(run.started)},
        {"nodeType", workflow::name_of(run.node->kind)}});
  if (run.is_container()) return begin_container(run);
  if (run.node->kind == NodeKind::kBranch) return begin_branch(run);
  auto scope = it_.scope(&run);
  scope.secret = [](std::string_view) { return std::optional<std::string>("***"); };
  auto input = resolve(run.node->with, scope);
  if (!input) return attempt_failed(run, failure("with: " + input.error().detail));
  run.input = std::move(*input);
  begin_kind(run);
}

void Execution::Step::begin_kind(NodeRun& run) {
  switch (run.node->kind) {
    case NodeKind::kDelay:
      return begin_delay(run);
    case NodeKind::kWorkflow:
      return begin_workflow(run);
    case NodeKind::kApproval:
      return begin_approval(run);
    default:
      out_.effects.push_back(it_.index_of(run));
  }
}

void Execution::Step::begin_delay(NodeRun& run) {
  const auto until = end_of_delay(run.input, now());
  if (!until) return attempt_failed(run, failure(until.error().detail));
  if (*until <= now()) return complete(run, json::object());
  wait_for(run, Awaits::kTime, *until);
}

void Execution::Step::begin_branch(NodeRun& run) {
  const auto scope = it_.scope(&run);
  for (const auto& each : run.node->cases) {
    const auto met = holds(each.when, scope);
    if (!met) {
      return attempt_failed(run, failure("case " + each.name + ": " + met.error().detail));
    }
    if (!*met) continue;
    run.chosen_case = each.name;
    return complete(run, json::object{{"case", each.name}});
  }
  run.chosen_case = run.node->default_case;
  complete(run, json::object{{"case", run.chosen_case.empty() ? json::value()
                                                              : json::value(run.chosen_case)}});
}

void Execution::Step::begin_workflow(NodeRun& run) {
  const auto workflow = text_of(run.input, "workflowId");
  const auto* const given = member(run.input, "input");
  const json::value input = given == nullptr ? json::value(json::object()) : *given;
  if (row().depth + 1 > world_.limits->depth_max) {
    return attempt_failed(run, failure("more workflows inside each other than workflow_depth_max"));
  }
  if (auto checked = world_.check_child(workflow, input); !checked) {
    return attempt_failed(run, failure(checked.error().message()));
  }
  run.child = world_.new_id();
  const auto* const wait = member(run.input, "wait");
  const bool waits = wait == nullptr || !wait->is_bool() || wait->get_bool();
  out_.children.push_back({run.child, workflow, waits ? run.path : std::string(), input});
  if (!waits) return complete(run, json::object{{"executionId", run.child}});
  wait_for(run, Awaits::kExecution, run.due, {{"childExecutionId", run.child}});
}

void Execution::Step::begin_approval(NodeRun& run) {
  base::UnixMillis expires = 0;
  if (const auto text = text_of(run.input, "expires"); !text.empty()) {
    const auto parsed = base::parse_duration(text);
    if (!parsed) return attempt_failed(run, failure("expires: " + parsed.error().detail));
    expires = now() + parsed->count();
  }
  wait_for(run, Awaits::kApproval, expires);
  const auto* const approvers = member(run.input, "approvers");
  ask(run,
      {.title = text_of(run.input, "title"),
       .message = text_of(run.input, "message"),
       .approvers = approvers == nullptr ? json::value(json::array()) : *approvers},
      "approval");
}

void Execution::Step::wait_for(NodeRun& run, Awaits what, base::UnixMillis until, Fields fields) {
  run.status = NodeStatus::kWaiting;
  run.awaits = what;
  run.due = until;
  fields["awaits"] = workflow::name_of(what);
  if (until != 0) fields["until"] = proto::format_rfc3339(until);
  tell(run, "node.waiting", std::move(fields));
}

void Execution::Step::ask(NodeRun& run, ApprovalChange what, std::string_view reason) {
  what.node = run.path;
  what.open = true;
  what.time = now();
  what.expires = run.due;
  Fields fields{{"title", shortened(what.title, 256)},
                {"message", shortened(what.message, 256)},
                {"reason", reason}};
  if (run.due != 0) fields["expires"] = proto::format_rfc3339(run.due);
  out_.approvals.push_back(std::move(what));
  tell(run, "approval.requested", std::move(fields));
}

void Execution::Step::close_approval(NodeRun& run, Fields fields) {
  ApprovalChange closed;
  closed.node = run.path;
  closed.time = now();
  out_.approvals.push_back(std::move(closed));
  tell(run, "approval.resolved", std::move(fields));
}

void Execution::Step::end_attempt(NodeRun& run, std::string_view result, std::string_view error) {
  if (run.attempt_started == 0) return;
  out_.attempts.push_back({run.path, run.attempt, result, run.attempt_started, now(),
                           shortened(error, kErrorBytesMax)});
  run.attempt_started = 0;
}

void Execution::Step::end(NodeRun& run, NodeStatus status) {
  run.status = status;
  run.awaits = Awaits::kNothing;
  run.ended = now();
  run.due = 0;
  run.ending = false;
}

void Execution::Step::complete(NodeRun& run, json::value output) {
  if (json::serialize(output).size() > world_.limits->value_bytes_max) {
    return attempt_failed(run, failure("its output is larger than workflow_value_bytes_max"));
  }
  run.output = std::move(output);
  end_attempt(run, "completed");
  end(run, NodeStatus::kCompleted);
  run.next = next_nodes(run);
  auto fields = way_fields(run);
  for (auto& [name, value] : end_fields(run)) fields[name] = std::move(value);
  if (!run.chosen_case.empty()) fields["case"] = run.chosen_case;
  tell(run, "node.completed", std::move(fields));
}

void Execution::Step::attempt_failed(NodeRun& run, const EffectOutcome& outcome) {
  end_attempt(run, outcome.timed_out ? "timed_out" : "failed", outcome.error);
  run.output = outcome.output;
  ++run.failures;
  const auto& retry = run.node->retry;
  if (!outcome.retryable || run.failures >= retry.attempts || row().stopping != Stopping::kNo) {
    return fail(run, outcome.error);
  }
  run.error = shortened(outcome.error, kErrorBytesMax);
  const double random = static_cast<double>(world_.random->next() >> 11U) * 0x1p-53;
  auto delay = retry_delay(retry, run.failures + 1, random);
  delay = std::max(delay, outcome.retry_after.value_or(delay));
  run.status = NodeStatus::kRetrying;
  run.awaits = Awaits::kNothing;
  run.due = now() + delay.count();
  tell(run, "node.retrying",
       {{"nextAttempt", run.attempt + 1}, {"until", proto::format_rfc3339(run.due)}});
}

void Execution::Step::fail(NodeRun& run, std::string error) {
  run.error = shortened(error, kErrorBytesMax);
  end_attempt(run, "failed", run.error);
  end(run, NodeStatus::kFailed);
  run.next = next_nodes(run);
  auto fields = way_fields(run);
  for (auto& [name, value] : end_fields(run)) fields[name] = std::move(value);
  tell(run, "node.failed", std::move(fields));
  // Of a child its container decides.
  if (!run.parent.empty() || row().stopping != Stopping::kNo || is_failure_handled(run)) return;
  stop(Stopping::kFailed, run.path + ": " + run.error);
}

void Execution::Step::skip(NodeRun& run, std::string_view reason) {
  end(run, NodeStatus::kSkipped);
  auto fields = end_fields(run);
  fields["reason"] = reason;
  tell(run, "node.skipped", std::move(fields));
}

/// Ends the run, or, where an effect is under way, asks it to end.
void Execution::Step::cancel(NodeRun& run) {
  if (run.status == NodeStatus::kRunning && !run.is_container()) {
    if (std::exchange(run.ending, true)) return;
    run.due = now() + world_.limits->cancel_grace.count();
    out_.cancels.push_back(it_.index_of(run));
    return changed(run);
  }
  if (run.awaits == Awaits::kExecution) out_.child_cancels.push_back(run.child);
  if (run.awaits == Awaits::kApproval || run.awaits == Awaits::kDecision) {
    close_approval(run, {{"decision", "cancelled"}});
  }
  end_attempt(run, "cancelled");
  end(run, NodeStatus::kCancelled);
  tell(run, "node.cancelled", end_fields(run));
}

void Execution::Step::handle(command::EffectEnded& command) {
  const auto at = it_.by_path_.find(command.node);
  if (at == it_.by_path_.end()) return;
  auto& run = it_.runs_[at->second];
  // Fenced: what an earlier attempt says means nothing any more.
  if (run.status != NodeStatus::kRunning || run.attempt != command.attempt || !run.is_effect()) {
    return;
  }
  auto& outcome = command.outcome;
  if (outcome.ok) return complete(run, std::move(outcome.output));
  if (!run.ending) return attempt_failed(run, outcome);
  end_attempt(run, "cancelled", outcome.error);
  end(run, NodeStatus::kCancelled);
  tell(run, "node.cancelled", end_fields(run));
}

void Execution::Step::handle(command::ChildEnded& command) {
  const auto at = it_.by_path_.find(command.node);
  if (at == it_.by_path_.end()) return;
  auto& run = it_.runs_[at->second];
  if (run.awaits != Awaits::kExecution || run.child != command.child) return;
  if (command.status == ExecutionStatus::kCompleted) {
    return complete(run, std::move(command.output));
  }
  attempt_failed(run, failure("execution " + command.child + " " +
                                  std::string(workflow::name_of(command.status)) +
                                  (command.error.empty() ? "" : ": " + command.error),
                              command.status == ExecutionStatus::kFailed));
}

void Execution::Step::handle(command::Decide& command) {
  const auto at = it_.by_path_.find(command.node);
  if (at == it_.by_path_.end()) return;
  auto& run = it_.runs_[at->second];
  if (run.awaits != Awaits::kApproval && run.awaits != Awaits::kDecision) return;
  decided(run, command.approve, std::move(command.comment), std::move(command.by));
}

void Execution::Step::decided(NodeRun& run, bool approve, std::string comment, std::string by) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? json::value() : json::value(text);
  };
  json::object decision{{"decision", approve ? "approved" : "rejected"},
                        {"comment", or_null(shortened(comment, kErrorBytesMax))},
                        {"by", or_null(by)}};
  const bool after_crash = run.awaits == Awaits::kDecision;
  run.awaits = Awaits::kNothing;
  auto told = decision;
  told["comment"] = or_null(shortened(comment, 256));
  close_approval(run, std::move(told));
  if (after_crash) {
    if (approve) return try_start(run);
    return fail(run, "interrupted by a restart of the server, and not tried again");
  }
  if (approve) return complete(run, std::move(decision));
  run.output = std::move(decision);
  fail(run, by.empty() ? "rejected" : "rejected by " + by);
}

void Execution::Step::on_time(NodeRun& run) {
  constexpr std::string_view kTimedOut = "it has timed out";
  auto timed_out = failure(std::string(kTimedOut), true);
  timed_out.timed_out = true;
  if (run.status == NodeStatus::kRetrying) return try_start(run);
  if (run.status == NodeStatus::kRunning && run.is_container()) {
    run.due = 0;
    run.error = kTimedOut;
    return end_children(run);
  }
  if (run.status == NodeStatus::kRunning && run.ending) {
    end_attempt(run, "cancelled", "it did not end when asked to");
    end(run, NodeStatus::kCancelled);
    return tell(run, "node.cancelled", end_fields(run));
  }
  if (run.status == NodeStatus::kRunning) {
    out_.cancels.push_back(it_.index_of(run));
    return attempt_failed(run, timed_out);
  }
  switch (run.awaits) {
    case Awaits::kTime:
      return complete(run, json::object());
    case Awaits::kApproval:
      return decided(run, text_of(run.input, "onExpire") == "approve", "nobody decided in time",
                     {});
    case Awaits::kExecution:
      out_.child_cancels.push_back(run.child);
      return attempt_failed(run, timed_out);
    default:
      run.due = 0;
  }
}

/// The server has died since the attempt began, and with it whatever carried the attempt out. How
/// far it had come nobody knows: the definition says what to do.
void Execution::Step::interrupted(NodeRun& run) {
  constexpr std::string_view kInterrupted = "interrupted by a restart of the server";
  end_attempt(run, "interrupted", kInterrupted);
  changed(run);
  if (run.ending || row().stopping != Stopping::kNo) {
    end(run, NodeStatus::kCancelled);
    return tell(run, "node.cancelled", end_fields(run));
  }
  ++run.interruptions;
  switch (run.node->on_crash) {
    case OnCrash::kFail:
      return fail(run, std::string(kInterrupted));
    case OnCrash::kAsk:
      run.error = kInterrupted;
      wait_for(run, Awaits::kDecision, 0);
      return ask(run,
                 {.title = "Try " + run.node->name + " again?",
                  .message = "The server was restarted while it ran; whether it had an effect is "
                             "not known.",
                  .approvers = json::array()},
                 "interrupted");
    case OnCrash::kRetry:
      break;
  }
  if (run.interruptions > world_.limits->interruptions_max) {
    return fail(run, std::string(kInterrupted) + " more often than workflow_interruptions_max");
  }
  run.status = NodeStatus::kRetrying;
  run.error = kInterrupted;
  run.due = now();
  tell(run, "node.retrying",
       {{"nextAttempt", run.attempt + 1}, {"until", proto::format_rfc3339(run.due)}});
  try_start(run);
}

}  // namespace weir::apps::workflow
