#include "apps/workflow/engine/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apps/workflow/engine/execution_id.hpp"
#include "base/logging.hpp"
#include "proto/json.hpp"

namespace weir::apps::workflow {
namespace {

using namespace std::chrono_literals;

/// So long what nodes say is gathered before it is stored and shown.
constexpr auto kFlushEvery = 100ms;
/// A longer piece of a log is not carried by its event, only named.
constexpr std::size_t kLogEventBytesMax = 16 << 10;
constexpr std::string_view kAllEffects = "effects";

std::vector<Slots::Limit> limits_of(const NodeRun& run, const Limits& limits) {
  std::vector<Slots::Limit> out;
  if (run.is_effect()) out.push_back({std::string(kAllEffects), limits.effects_max});
  if (const auto& group = run.node->concurrency) {
    out.push_back({"group " + group->name, group->max});
  }
  return out;
}

proto::Event ephemeral(const std::string& execution, std::string type, std::string data) {
  proto::Event event;
  event.topics.push_back(execution_topic(execution));
  event.type = std::move(type);
  event.data = std::move(data);
  event.flags = proto::kEphemeral;
  return event;
}

}  // namespace

Engine::Engine(Context context, Limits limits, WorkflowMetrics& metrics)
    : context_(std::move(context)), limits_(limits), metrics_(metrics), random_(context_.seed) {}

Engine::Live* Engine::find(const std::string& id) {
  const auto at = live_.find(id);
  return at == live_.end() ? nullptr : at->second.get();
}

std::string Engine::new_id() { return make_execution_id(now(), random_); }

World Engine::world(const std::string& execution) {
  return {.now = now(),
          .random = &random_,
          .limits = &limits_,
          .may_start =
              [this, execution](const NodeRun& run) {
                if (draining_) return false;
                return slots_.take({execution, run.path}, limits_of(run, limits_));
              },
          .new_id = [this] { return new_id(); },
          .check_child =
              [this](const std::string& workflow, const boost::json::value& input) {
                return check_child(workflow, input);
              }};
}

void Engine::tell(Live& live, Command command, Done done) {
  live.inbox.push_back({std::move(command), std::move(done)});
  if (!std::exchange(live.dirty, true)) dirty_.push_back(live.execution.row().id);
}

void Engine::cancel(const std::string& execution, std::string by, Done done) {
  Live* const live = find(execution);
  if (live == nullptr) return done(base::make_error(base::ErrorCode::kNotFound, execution));
  tell(*live, command::Cancel{std::move(by)}, std::move(done));
}

void Engine::decide(const std::string& execution, command::Decide decision, Done done) {
  Live* const live = find(execution);
  if (live == nullptr || live->execution.find(decision.node) == nullptr) {
    return done(base::make_error(base::ErrorCode::kNotFound, decision.node));
  }
  tell(*live, std::move(decision), std::move(done));
}

void Engine::on_done(const EffectId& id, EffectOutcome outcome) {
  metrics_.effects.subtract();
  Live* const live = find(id.execution);
  const auto* const run = live == nullptr ? nullptr : live->execution.find(id.node);
  if (run == nullptr || run->status != NodeStatus::kRunning || run->attempt != id.attempt) {
    metrics_.late_results.add();
    base::log_warning("workflow.late_result", "execution={} node={} attempt={} ok={}", id.execution,
                      id.node, id.attempt, outcome.ok);
    return;
  }
  tell(*live, command::EffectEnded{id.node, id.attempt, std::move(outcome)});
}

void Engine::on_log(const EffectId& id, std::string_view stream, std::string_view text) {
  Live* const live = find(id.execution);
  const auto* const run = live == nullptr ? nullptr : live->execution.find(id.node);
  if (run == nullptr || run->status != NodeStatus::kRunning || run->attempt != id.attempt) return;
  metrics_.log_bytes.add(text.size());
  live->logs.add(id.node, id.attempt, stream, text, now());
  if (to_flush_.empty()) flush_due_ = steady() + kFlushEvery;
  to_flush_.insert(id.execution);
}

void Engine::on_progress(const EffectId& id, double percent, std::string message) {
  Live* const live = find(id.execution);
  const auto* const run = live == nullptr ? nullptr : live->execution.find(id.node);
  if (run == nullptr || run->status != NodeStatus::kRunning || run->attempt != id.attempt) return;
  live->progress[id.node] = {percent, shortened(message, 256), id.attempt};
  if (to_flush_.empty()) flush_due_ = steady() + kFlushEvery;
  to_flush_.insert(id.execution);
}

void Engine::step() {
  if (!ready_) return load();
  fire_timers();
  retry_commits();
  for (;;) {
    while (!dirty_.empty()) {
      const auto id = std::move(dirty_.front());
      dirty_.pop_front();
      Live* const live = find(id);
      if (live == nullptr) continue;
      live->dirty = false;
      work_off(*live);
    }
    // While it drains nobody finds a place.
    const auto next = draining_ ? std::nullopt : slots_.next_waiting();
    if (!next) break;
    if (Live* const live = find(*next)) tell(*live, command::Look{});
  }
  flush();
  forget_old();
  metrics_.live.set(live_.size());
}

std::optional<base::Clock::Steady> Engine::due() const {
  std::optional<base::Clock::Steady> earliest;
  const auto by = [&](base::Clock::Steady time) {
    if (!earliest || time < *earliest) earliest = time;
  };
  if (!ready_) {
    if (!loading_) by(load_due_);
    return earliest;
  }
  if (!dirty_.empty()) by(steady());
  if (!timers_.empty()) {
    by(steady() +
       std::chrono::milliseconds(std::max<std::int64_t>(timers_.begin()->first - now(), 0)));
  }
  if (!to_flush_.empty()) by(flush_due_);
  if (!to_retry_.empty()) by(retry_due_);
  if (!forgetting_ && prepared_ && !draining_) by(forget_due_);
  return earliest;
}

/// Applies everything that waits, if no commit is under way, and commits what comes of it.
void Engine::work_off(Live& live) {
  if (live.commit != nullptr || live.inbox.empty()) return;
  const auto world = this->world(live.execution.row().id);
  Transition all;
  std::vector<Done> dones;
  for (auto& each : std::exchange(live.inbox, {})) {
    if (const auto* decision = std::get_if<command::Decide>(&each.command)) {
      const auto* const run = live.execution.find(decision->node);
      if (run->awaits != Awaits::kApproval && run->awaits != Awaits::kDecision) {
        each.done(base::make_error(base::ErrorCode::kNotWaiting, decision->node));
        continue;
      }
    }
    merge(all, live.execution.apply(std::move(each.command), world));
    if (each.done) dones.push_back(std::move(each.done));
  }
  after_step(live);
  if (all.empty() && !live.logs.waiting()) {
    for (const auto& done : dones) done({});
    return;
  }
  send(live, make_commit(live, std::move(all), std::move(dones)));
}

/// What follows from an execution's new state for everybody else.
void Engine::after_step(Live& live) {
  const auto& execution = live.execution;
  const auto& id = execution.row().id;
  const auto due = execution.due();
  if (due != live.due) {
    if (live.due != 0) timers_.erase({live.due, id});
    if (due != 0) timers_.insert({due, id});
    live.due = due;
  }
  std::vector<std::pair<std::string, std::vector<Slots::Limit>>> holders;
  for (const auto& run : execution.runs()) {
    const bool holds = run.status == NodeStatus::kRunning ||
                       (run.status == NodeStatus::kWaiting && !run.is_effect());
    if (!holds) continue;
    if (auto limits = limits_of(run, limits_); !limits.empty()) {
      holders.emplace_back(run.path, std::move(limits));
    }
  }
  slots_.hold(id, holders);
  note_running(execution);
}

void Engine::fire_timers() {
  const auto time = now();
  while (!timers_.empty() && timers_.begin()->first <= time) {
    const auto id = timers_.begin()->second;
    timers_.erase(timers_.begin());
    Live* const live = find(id);
    if (live == nullptr) continue;
    live->due = 0;
    tell(*live, command::Look{});
  }
}

/// Stores and shows what nodes have said. Where a commit is under way that is later: the next one
/// takes it along.
void Engine::flush() {
  if (to_flush_.empty() || steady() < flush_due_) return;
  std::set<std::string> later;
  for (const auto& id : std::exchange(to_flush_, {})) {
    Live* const live = find(id);
    if (live == nullptr) continue;
    if (live->commit != nullptr) {
      later.insert(id);
      continue;
    }
    if (live->logs.waiting()) {
      send(*live, make_commit(*live, {}, {}));
    } else {
      publish_output(*live, {});
    }
  }
  to_flush_ = std::move(later);
  if (!to_flush_.empty()) flush_due_ = steady() + kFlushEvery;
}

/// For whoever is connected. Before the commit that may hold the node's end, so that nobody sees it
/// behind that.
void Engine::publish_output(Live& live, const std::vector<LogChunk>& logs) {
  hub::PublishRequest request;
  const auto& row = live.execution.row();
  const auto head = [&](std::string_view type, const std::string& node, std::uint32_t attempt) {
    return fmt::format(
        R"({{"type":"{}","executionId":"{}","nodeId":{},"attempt":{},"timestamp":{},"rev":{})",
        type, row.id, proto::json_string(node), attempt, now(), row.rev);
  };
  for (const auto& chunk : logs) {
    auto data = head("node.log", chunk.node, chunk.attempt);
    data += fmt::format(R"(,"stream":"{}","offset":{},"bytes":{})", chunk.stream, chunk.offset,
                        chunk.text.size());
    if (chunk.text.size() <= kLogEventBytesMax) {
      data += fmt::format(R"(,"text":{})", proto::json_string(chunk.text));
    }
    request.events.push_back(ephemeral(row.id, "node.log", data + "}"));
  }
  for (const auto& [node, progress] : std::exchange(live.progress, {})) {
    auto data = head("node.progress", node, progress.attempt);
    data += fmt::format(R"(,"percent":{},"message":{}}})", progress.percent,
                        proto::json_string(progress.message));
    request.events.push_back(ephemeral(row.id, "node.progress", std::move(data)));
  }
  if (request.events.empty()) return;
  context_.hub->publish_now(std::move(request), [](const base::Result<hub::Published>&) {});
}

}  // namespace weir::apps::workflow
