#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "apps/workflow/effects/effect.hpp"
#include "apps/workflow/engine/announcer.hpp"
#include "apps/workflow/engine/commit.hpp"
#include "apps/workflow/engine/definitions.hpp"
#include "apps/workflow/engine/execution.hpp"
#include "apps/workflow/engine/limits.hpp"
#include "apps/workflow/engine/load.hpp"
#include "apps/workflow/engine/metrics.hpp"
#include "apps/workflow/engine/node_logs.hpp"
#include "apps/workflow/engine/slots.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "hub/hub.hpp"

namespace weir::apps::workflow {

/// What is to be executed, and who wants it.
struct StartRequest {
  std::string workflow;
  boost::json::value input;
  boost::json::value trigger;  ///< `{"type":"manual", …}`.
  apps::once::Key once;
  std::string trace;
  /// Goes into the same commit: what the start is the consequence of.
  std::function<base::Result<>(log::State&)> also;
};

struct Started {
  std::string id;
  base::Sequence before;  ///< The position before its first event.
  bool repeated = false;  ///< The answer of an earlier request with the same key.
};

/// All executions that have not ended: takes commands, applies them, commits what they change, and
/// then starts what is to be started. Knows neither threads nor child processes: the clock, who
/// carries effects out and who calls `step` come from outside.
///
/// Of each execution one commit is under way at most; what arrives meanwhile waits and goes into
/// the next one together. A commit that fails (on a full disk) is tried again until it succeeds:
/// its execution stands still, and nothing that it says has been started.
///
/// All calls on one thread, the engine's; what the log and effects answer comes there by
/// `Context::post`.
class Engine {
 public:
  using Done = std::function<void(base::Result<>)>;
  using StartDone = std::function<void(base::Result<Started>)>;

  struct Context {
    hub::Hub* hub = nullptr;
    EffectRunner* effects = nullptr;
    Announcer* announcer = nullptr;  ///< For `notify` and `task`.
    /// Runs a task on the engine's thread, soon; called from any thread.
    std::function<void(base::Task)> post;
    std::uint64_t seed = 0;
    /// What a definition calls `secrets.NAME`; nothing: there is none of that name.
    std::function<std::optional<std::string>(std::string_view name)> secret;
    /// Reads along, on a reader's thread, when the engine reads what there is; may be called again.
    std::function<base::Result<>(log::State&)> read_also;
    /// That has been read; before executions are taken up.
    std::function<void()> on_read;
  };

  Engine(Context context, Limits limits, WorkflowMetrics& metrics);

  /// Reads what there is and takes it up again. What is asked before that is done waits for it.
  void open();
  bool ready() const { return ready_; }
  /// Runs the task once what there is has been read: now, or later. All commands wait for that.
  void when_ready(base::Task task);
  void set_limits(const Limits& limits) { limits_ = limits; }
  /// Begins nothing any more; what is under way may end.
  void drain() { draining_ = true; }

  // --- Commands ---

  /// kNotFound, kBadInput, kTooManyExecutions, kDraining, kIdempotencyConflict, or what the log
  /// says.
  void start(StartRequest request, const StartDone& done);
  /// Executes again, from a node on or (with an empty name) from the beginning. kNotFound,
  /// kExecutionRuns.
  void rerun(std::string execution, std::string from_node, boost::json::value trigger,
             StartDone done);
  /// kNotFound: it is not live.
  void cancel(const std::string& execution, std::string by, Done done);
  /// kNotFound: it is not live, or has no such node; kNotWaiting.
  void decide(const std::string& execution, command::Decide decision, Done done);
  /// Stores a definition, as the next version unless it is the newest one already; `done` gets the
  /// version.
  void put_definition(Definition definition, std::string source, std::string format,
                      std::string author, std::function<void(base::Result<std::uint64_t>)> done);

  const Definitions& definitions() const { return definitions_; }
  /// Called on the engine's thread whenever the newest version of a workflow is another one, and
  /// for all of them when they were read.
  void on_definition(std::function<void(const Definitions::Entry&)> hear) {
    on_definition_ = std::move(hear);
  }
  /// Submits a change of the tables beside executions; makes them first, if need be.
  void change(std::function<base::Result<>(log::Transaction&)> apply, Done done);

  // --- What effects tell ---

  void on_log(const EffectId& id, std::string_view stream, std::string_view text);
  void on_progress(const EffectId& id, double percent, std::string message);
  void on_done(const EffectId& id, EffectOutcome outcome);

  // --- Time ---

  /// Does everything that can be done now. Call after each of the above, and when `due` has come.
  void step();
  /// When `step` has something to do although nothing happens.
  std::optional<base::Clock::Steady> due() const;

  /// Attempts of effects under way. Any thread.
  std::size_t busy() const { return metrics_.effects.get(); }

 private:
  struct Waiting {
    Command command;
    Done done;
  };
  struct Progress {
    double percent = 0;
    std::string message;
    std::uint32_t attempt = 0;
  };
  /// What is being committed.
  struct Commit;
  struct Live {
    Live(Execution made, const Limits& limits)
        : execution(std::move(made)), logs(limits.log_bytes_max) {}

    Execution execution;
    std::optional<ExecutionStatus> stored;  ///< Its status in the store; none: not there yet.
    std::deque<Waiting> inbox;
    std::shared_ptr<Commit> commit;  ///< Under way, or to be tried again.
    NodeLogs logs;
    std::map<std::string, Progress> progress;
    base::UnixMillis due = 0;  ///< As `timers_` has it.
    bool dirty = false;
    bool flush = false;
  };
  using LivePtr = std::unique_ptr<Live>;

  base::UnixMillis now() const { return context_.hub->clock().unix_millis(); }
  base::Clock::Steady steady() const { return context_.hub->clock().steady(); }
  Live* find(const std::string& id);
  std::string new_id();
  World world(const std::string& execution);

  // Beginning (engine_start.cpp).
  Live& add(Execution execution);
  void begin_rerun(store::StoredExecution of, const store::StoredDefinition& stored,
                   const std::string& from_node, boost::json::value trigger, const StartDone& done);
  void launch(Execution execution, StartRequest request, const StartDone& done);
  bool may_begin(const Execution& execution) const;
  void note_running(const Execution& execution);
  void begin_queued();
  base::Result<> check_child(const std::string& workflow, const boost::json::value& input) const;

  // Working (engine.cpp).
  void tell(Live& live, Command command, Done done = {});
  void work_off(Live& live);
  void after_step(Live& live);
  void fire_timers();
  void flush();
  void publish_output(Live& live, const std::vector<LogChunk>& logs);

  // Commits (engine_commits.cpp).
  std::shared_ptr<Commit> make_commit(Live& live, Transition transition, std::vector<Done> dones);
  void add_children(Commit& commit, const Live& parent);
  void send(Live& live, std::shared_ptr<Commit> commit);
  void submit(const std::string& id, const std::shared_ptr<Commit>& commit);
  void committed(const std::string& id, const std::shared_ptr<Commit>& commit,
                 const base::Result<>& outcome);
  void commit_failed(Live& live, const std::shared_ptr<Commit>& commit, const base::Error& error);
  void commit_succeeded(Live& live, const std::shared_ptr<Commit>& commit);
  void start_effects(Live& live, const Transition& transition);
  void start_effect(Live& live, const NodeRun& run);
  void end_live(const std::string& id);
  void finished(Live& live);
  void count(const Transition& transition);
  void retry_commits();

  // Opening (engine_open.cpp).
  struct Found;
  void load();
  void loaded(const base::Result<>& outcome, Found& found);
  void take_up(Found& found);

  // Forgetting (engine_retention.cpp).
  void forget_old();

  Context context_;
  Limits limits_;
  WorkflowMetrics& metrics_;
  base::Random random_;
  Definitions definitions_;
  std::function<void(const Definitions::Entry&)> on_definition_;
  Slots slots_;
  std::unordered_map<std::string, LivePtr> live_;
  std::deque<std::string> dirty_;
  std::set<std::pair<base::UnixMillis, std::string>> timers_;
  std::map<std::string, std::set<std::string>> running_;   ///< By workflow; "": without a parent.
  std::map<std::string, std::deque<std::string>> queued_;  ///< By workflow, oldest first.
  std::set<std::string> to_flush_;
  base::Clock::Steady flush_due_{};
  std::deque<std::pair<std::string, std::shared_ptr<Commit>>> to_retry_;
  base::Clock::Steady retry_due_{};
  std::vector<base::Task> until_ready_;
  base::Clock::Steady load_due_{};
  bool loading_ = false;
  bool ready_ = false;
  bool prepared_ = false;  ///< The tables are there.
  bool draining_ = false;
  bool commits_failing_ = false;  ///< Said once, not at every try.
  bool load_failing_ = false;
  bool forgetting_ = false;
  base::Clock::Steady forget_due_{};
};

}  // namespace weir::apps::workflow
