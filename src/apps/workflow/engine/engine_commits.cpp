// The engine: what is committed, and what is started once it is.

#include <algorithm>
#include <atomic>
#include <utility>

#include "apps/workflow/engine/announcer.hpp"
#include "apps/workflow/engine/engine.hpp"
#include "apps/workflow/engine/engine_commit.hpp"
#include "apps/workflow/engine/schema.hpp"
#include "base/logging.hpp"

namespace weir::apps::workflow {
namespace {

using namespace std::chrono_literals;

/// A commit that found the disk full, or the log's queue, is tried again after so long.
constexpr auto kCommitRetry = 500ms;

/// Brings what an effect says to the engine's thread. What it logs beyond what is kept of it goes
/// no further than this.
class EngineSink final : public EffectSink {
 public:
  EngineSink(Engine& engine, std::function<void(base::Task)> post, EffectId id,
             std::uint64_t log_bytes_max)
      : engine_(engine), post_(std::move(post)), id_(std::move(id)), room_(log_bytes_max) {}

  void log(std::string_view stream, std::string_view text) override {
    if (room_ == 0) return;
    // The last piece goes over the limit, so that the log says that it was cut.
    room_ -= std::min<std::uint64_t>(room_, text.size());
    post_([&engine = engine_, id = id_, stream = std::string(stream), text = std::string(text)] {
      engine.on_log(id, stream, text);
    });
  }

  void progress(double percent, std::string_view message) override {
    post_([&engine = engine_, id = id_, percent, message = std::string(message)]() mutable {
      engine.on_progress(id, percent, std::move(message));
    });
  }

  void done(EffectOutcome outcome) override {
    post_([&engine = engine_, id = id_, outcome = std::move(outcome)]() mutable {
      engine.on_done(id, std::move(outcome));
    });
  }

 private:
  Engine& engine_;
  std::function<void(base::Task)> post_;
  EffectId id_;
  std::uint64_t room_;
};

}  // namespace

std::shared_ptr<Engine::Commit> Engine::make_commit(Live& live, Transition transition,
                                                    std::vector<Done> dones) {
  auto commit = std::make_shared<Commit>();
  auto logs = live.logs.take();
  publish_output(live, logs);
  commit->changes.emplace_back(live.execution, transition, live.stored);
  commit->changes.back().add_logs(std::move(logs));
  commit->transition = std::move(transition);
  commit->after = live.execution.row().status;
  commit->dones = std::move(dones);
  add_children(*commit, live);
  return commit;
}

void Engine::send(Live& live, std::shared_ptr<Commit> commit) {
  live.commit = std::move(commit);
  submit(live.execution.row().id, live.commit);
}

void Engine::submit(const std::string& id, const std::shared_ptr<Commit>& commit) {
  change(
      [commit](log::Transaction& transaction) -> base::Result<> {
        for (auto& each : commit->changes) {
          if (auto applied = each.apply(transaction); !applied) return applied;
        }
        return commit->also ? commit->also(transaction.state()) : base::Result<>();
      },
      [this, id, commit](const base::Result<>& outcome) { committed(id, commit, outcome); });
}

void Engine::change(std::function<base::Result<>(log::Transaction&)> apply, Done done) {
  context_.hub->change_now(
      [prepared = prepared_,
       apply = std::move(apply)](log::Transaction& transaction) -> base::Result<> {
        if (!prepared) {
          if (auto made = store::prepare(transaction.state()); !made) return made;
        }
        return apply(transaction);
      },
      [this, post = context_.post, done = std::move(done)](base::Result<> outcome) {
        post([this, done, outcome = std::move(outcome)] {
          if (outcome) prepared_ = true;
          done(outcome);
        });
      });
}

void Engine::committed(const std::string& id, const std::shared_ptr<Commit>& commit,
                       const base::Result<>& outcome) {
  Live* const live = find(id);
  if (live == nullptr || live->commit != commit) return;
  if (!outcome) return commit_failed(*live, commit, outcome.error());
  if (std::exchange(commits_failing_, false)) base::log_info("workflow.commits_succeed", "");
  commit_succeeded(*live, commit);
}

void Engine::commit_failed(Live& live, const std::shared_ptr<Commit>& commit,
                           const base::Error& error) {
  const auto id = live.execution.row().id;
  if (commit->started) {
    // Nothing of it is anywhere: who wanted it hears why.
    const auto started = commit->started;
    for (const auto& [child, transition] : commit->children) end_live(child.row().id);
    end_live(id);
    return started(error);
  }
  metrics_.commit_failures.add();
  if (!std::exchange(commits_failing_, true)) {
    base::log_warning("workflow.commits_fail", "error=\"{}\"", error.message());
  }
  if (to_retry_.empty()) retry_due_ = steady() + kCommitRetry;
  to_retry_.emplace_back(id, commit);
}

void Engine::retry_commits() {
  if (to_retry_.empty() || steady() < retry_due_) return;
  for (const auto& [id, commit] : std::exchange(to_retry_, {})) submit(id, commit);
}

void Engine::commit_succeeded(Live& live, const std::shared_ptr<Commit>& commit) {
  const auto id = live.execution.row().id;
  const auto& own = commit->changes.front();
  if (commit->started) {
    if (!own.earlier().empty()) {
      for (const auto& [child, transition] : commit->children) end_live(child.row().id);
      end_live(id);
      return commit->started(Started{own.earlier(), own.before_events(), true});
    }
    live.execution.set_number(own.number());
    metrics_.started.add();
    commit->started(Started{id, own.before_events(), false});
  }
  live.commit = nullptr;
  live.stored = commit->after;
  count(commit->transition);
  for (std::size_t i = 0; i < commit->children.size(); ++i) {
    auto& [execution, transition] = commit->children[i];
    metrics_.started.add();
    Live& child = add(std::move(execution));
    child.execution.set_number(commit->changes[i + 1].number());
    child.stored = child.execution.row().status;
    count(transition);
    start_effects(child, transition);
    if (child.execution.terminal()) finished(child);
  }
  for (const auto& done : commit->dones) done({});
  start_effects(live, commit->transition);
  for (const auto index : commit->transition.cancels) {
    const auto& run = live.execution.runs()[index];
    context_.effects->cancel({id, run.path, run.attempt});
  }
  for (const auto& child : commit->transition.child_cancels) {
    if (Live* const found = find(child)) tell(*found, command::Cancel{});
  }
  if (live.execution.terminal()) return finished(live);
  if (!live.inbox.empty() && !std::exchange(live.dirty, true)) dirty_.push_back(id);
}

void Engine::start_effects(Live& live, const Transition& transition) {
  const std::set<std::size_t> runs(transition.effects.begin(), transition.effects.end());
  for (const auto index : runs) {
    const auto& run = live.execution.runs()[index];
    if (run.status != NodeStatus::kRunning) continue;
    if (!run.ending) {
      start_effect(live, run);
      continue;
    }
    // Cancelled before it was started.
    EffectOutcome outcome;
    outcome.cancelled = true;
    tell(live, command::EffectEnded{run.path, run.attempt, std::move(outcome)});
  }
}

void Engine::start_effect(Live& live, const NodeRun& run) {
  const auto& row = live.execution.row();
  EffectRequest request;
  request.id = {row.id, run.path, run.attempt};
  request.kind = run.node->kind;
  request.trace = row.trace;
  if (run.node->timeout) request.deadline = run.attempt_started + run.node->timeout->count();
  auto scope = live.execution.scope(&run);
  scope.secret = [&](std::string_view name) {
    auto value = context_.secret ? context_.secret(name) : std::nullopt;
    if (value) request.secrets.push_back(*value);
    return value;
  };
  auto with = resolve(run.node->with, scope);
  if (!with || !with->is_object()) {
    EffectOutcome outcome;
    outcome.error = "with: " + (with ? std::string("this is no object") : with.error().detail);
    return tell(live, command::EffectEnded{run.path, run.attempt, std::move(outcome)});
  }
  request.with = std::move(with->get_object());
  if (run.node->kind == NodeKind::kScript) request.scope = live.execution.scope_json(run);
  metrics_.effects.add();
  metrics_.attempts.add();
  auto sink =
      std::make_shared<EngineSink>(*this, context_.post, request.id, limits_.log_bytes_max + 1);
  const bool announces = request.kind == NodeKind::kNotify || request.kind == NodeKind::kTask;
  if (announces && context_.announcer != nullptr) {
    return context_.announcer->announce(std::move(request), std::move(sink));
  }
  context_.effects->start(std::move(request), std::move(sink));
}

void Engine::count(const Transition& transition) {
  for (const auto& event : transition.events) {
    if (event.type == "node.retrying") metrics_.retries.add();
  }
  for (const auto& attempt : transition.attempts) {
    if (attempt.result == "interrupted") metrics_.interrupted.add();
  }
}

/// Lets go of everything that the execution has here.
void Engine::end_live(const std::string& id) {
  slots_.hold(id, {});
  for (auto at = running_.begin(); at != running_.end();) {
    at->second.erase(id);
    at = at->second.empty() ? running_.erase(at) : std::next(at);
  }
  if (Live* const live = find(id)) {
    if (live->due != 0) timers_.erase({live->due, id});
    live_.erase(id);
  }
  begin_queued();
}

void Engine::finished(Live& live) {
  const auto row = live.execution.row();
  switch (row.status) {
    case ExecutionStatus::kCompleted:
      metrics_.completed.add();
      break;
    case ExecutionStatus::kFailed:
      metrics_.failed.add();
      break;
    default:
      metrics_.cancelled.add();
  }
  end_live(row.id);
  if (context_.announcer != nullptr) context_.announcer->ended(row.id);
  if (Live* const parent = row.parent.empty() ? nullptr : find(row.parent)) {
    tell(*parent, command::ChildEnded{row.parent_node, row.id, row.status, row.output, row.error});
  }
}

}  // namespace weir::apps::workflow
