#include "apps/workflow/effects/effects.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "apps/workflow/effects/attempt.hpp"
#include "apps/workflow/effects/http_effect.hpp"
#include "apps/workflow/effects/inbox.hpp"
#include "apps/workflow/effects/processes.hpp"
#include "apps/workflow/effects/publish_effect.hpp"
#include "apps/workflow/effects/script_effect.hpp"
#include "apps/workflow/effects/shell_effect.hpp"
#include "apps/workflow/effects/worker_pool.hpp"
#include "apps/workflow/model/schema.hpp"
#include "client/waiting.hpp"

namespace weir::apps::workflow {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// Publishes are bounded by the log's own queue.
constexpr std::uint32_t kPublishesMax = 1'000;

EffectOutcome failure(const base::Error& error) {
  return workflow::failure(std::string(error.detail), base::info(error.code).retryable);
}

}  // namespace

/// What the runner's thread has. Everybody else posts to it.
class Effects::Run {
 public:
  explicit Run(Environment environment) : environment_(std::move(environment)) {
    thread_ = std::thread([this] { loop(); });
  }

  void start(EffectRequest request, std::shared_ptr<EffectSink> sink);
  void cancel(EffectId id);
  void stop();
  const EffectMetrics& metrics() const { return metrics_; }

 private:
  void loop();
  milliseconds until_due() const;
  void time_out();
  void break_off(const AttemptPtr& attempt);
  void show();

  std::uint32_t most(NodeKind kind, const base::EffectSettings& settings) const;
  void admit(const AttemptPtr& attempt);
  void pump(NodeKind kind);
  void run(const AttemptPtr& attempt);
  void run_command(const AttemptPtr& attempt);
  void run_publish(const AttemptPtr& attempt);
  void post_end(const AttemptPtr& attempt, EffectOutcome outcome, bool log_cut);
  void finish(const AttemptPtr& attempt, EffectOutcome outcome, bool log_cut = false);

  Environment environment_;
  EffectMetrics metrics_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();

  // The thread's own.
  bool stopping_ = false;
  std::map<EffectId, AttemptPtr> attempts_;
  std::set<std::pair<SteadyClock::time_point, EffectId>> deadlines_;
  std::map<NodeKind, Lane> lanes_{{NodeKind::kShell, {}},
                                  {NodeKind::kHttp, {}},
                                  {NodeKind::kScript, {}},
                                  {NodeKind::kPublish, {}}};
  std::size_t waiting_ = 0;
  Processes* processes_ = nullptr;
  WorkerPool requests_;
  WorkerPool scripts_;
  std::thread thread_;
};

void Effects::Run::loop() {
  // Here, because the kernel ties a process to the thread that has started it.
  Processes processes;
  processes_ = &processes;
  while (!stopping_) {
    std::array<pollfd, 2> entries = {pollfd{inbox_->descriptor(), POLLIN, 0},
                                     pollfd{processes.descriptor(), POLLIN, 0}};
    client::poll_until(entries.data(), entries.size(), until_due());
    inbox_->run();
    processes.step();
    time_out();
    show();
  }
  for (auto& [id, attempt] : attempts_) {
    if (attempt->interrupt) attempt->interrupt->trigger();
  }
  requests_.stop();
  scripts_.stop();
}

milliseconds Effects::Run::until_due() const {
  auto due = processes_->due();
  if (!deadlines_.empty() && (!due || deadlines_.begin()->first < *due)) {
    due = deadlines_.begin()->first;
  }
  if (!due) return milliseconds(-1);
  return std::max(std::chrono::ceil<milliseconds>(*due - SteadyClock::now()), milliseconds(0));
}

void Effects::Run::time_out() {
  const auto now = SteadyClock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto found = attempts_.find(deadlines_.begin()->second);
    deadlines_.erase(deadlines_.begin());
    // Its end takes it out of the map.
    const auto attempt = found->second;
    attempt->deadline.reset();
    attempt->timed_out = true;
    break_off(attempt);
  }
}

/// Ends an attempt that is cancelled or out of time: at once where it waits, as soon as it hears of
/// it where it runs. A publish cannot be called back.
void Effects::Run::break_off(const AttemptPtr& attempt) {
  if (!attempt->running) {
    auto& waiting = lanes_[attempt->request.kind].waiting;
    const auto place = std::find(waiting.begin(), waiting.end(), attempt);
    if (place != waiting.end()) {
      waiting.erase(place);
      --waiting_;
    }
    finish(attempt, {});
    return;
  }
  attempt->interrupt->trigger();
  if (attempt->process != 0) {
    processes_->end(attempt->process, attempt->settings->effects.kill_grace);
  }
}

void Effects::Run::show() {
  metrics_.waiting.set(waiting_);
  metrics_.running.set(attempts_.size() - waiting_);
  metrics_.processes.set(processes_->count());
  metrics_.killed.set(processes_->killed().get());
}

void Effects::Run::start(EffectRequest request, std::shared_ptr<EffectSink> sink) {
  auto settings = environment_.settings();
  Masker masker(request.secrets);
  auto attempt = std::make_shared<Attempt>(
      Attempt{std::move(request), std::move(sink), std::move(masker), std::move(settings)});
  if (const auto deadline = attempt->request.deadline; deadline != 0) {
    attempt->deadline =
        SteadyClock::now() + milliseconds(deadline - environment_.clock->unix_millis());
  }
  inbox_->post([this, attempt = std::move(attempt)] { admit(attempt); });
}

void Effects::Run::cancel(EffectId id) {
  inbox_->post([this, id = std::move(id)] {
    const auto found = attempts_.find(id);
    if (found == attempts_.end()) return;
    const auto attempt = found->second;
    attempt->cancelled = true;
    break_off(attempt);
  });
}

void Effects::Run::stop() {
  if (!thread_.joinable()) return;
  inbox_->post([this] { stopping_ = true; });
  thread_.join();
}

std::uint32_t Effects::Run::most(NodeKind kind, const base::EffectSettings& settings) const {
  switch (kind) {
    case NodeKind::kShell:
      return settings.processes_max;
    case NodeKind::kHttp:
      return settings.http_max;
    case NodeKind::kScript:
      return settings.scripts_max;
    default:
      return kPublishesMax;
  }
}

void Effects::Run::admit(const AttemptPtr& attempt) {
  const auto& request = attempt->request;
  if (!attempts_.emplace(request.id, attempt).second) {
    attempt->sink->done({.error = "this attempt runs already"});
    return;
  }
  metrics_.started.add();
  if (attempt->deadline) deadlines_.emplace(*attempt->deadline, request.id);
  const auto lane = lanes_.find(request.kind);
  if (lane == lanes_.end()) {
    finish(attempt, {.error = std::string(name_of(request.kind)).append(" nodes have no effect")});
    return;
  }
  if (const auto problems = validate_with(request.kind, request.with); !problems.empty()) {
    finish(attempt, {.error = "with" + problems.front().path + ": " + problems.front().message});
    return;
  }
  if (waiting_ >= attempt->settings->effects.waiting_max) {
    metrics_.refused.add();
    finish(attempt, {.error = "as many nodes wait to run as may (workflow_effects_waiting_max)",
                     .retryable = true});
    return;
  }
  lane->second.waiting.push_back(attempt);
  ++waiting_;
  pump(request.kind);
}

void Effects::Run::pump(NodeKind kind) {
  auto& lane = lanes_[kind];
  while (!lane.waiting.empty() &&
         lane.running < most(kind, lane.waiting.front()->settings->effects)) {
    const auto attempt = lane.waiting.front();
    lane.waiting.pop_front();
    --waiting_;
    ++lane.running;
    attempt->running = true;
    attempt->interrupt = std::make_unique<client::Interrupt>();
    run(attempt);
  }
}

void Effects::Run::run(const AttemptPtr& attempt) {
  switch (attempt->request.kind) {
    case NodeKind::kShell:
      run_command(attempt);
      return;
    case NodeKind::kHttp:
      requests_.run(
          [this, attempt] {
            auto outcome = run_http(attempt->request, *attempt->settings, *attempt->interrupt);
            post_end(attempt, std::move(outcome), false);
          },
          lanes_[NodeKind::kHttp].running);
      return;
    case NodeKind::kScript:
      scripts_.run(
          [this, attempt] {
            auto end = run_script_effect(attempt->request, *attempt->settings, attempt->masker,
                                         *attempt->sink, *attempt->interrupt);
            post_end(attempt, std::move(end.outcome), end.log_cut);
          },
          lanes_[NodeKind::kScript].running);
      return;
    default:
      run_publish(attempt);
      return;
  }
}

void Effects::Run::run_command(const AttemptPtr& attempt) {
  const auto spec = shell_process(attempt->request, *attempt->settings);
  if (!spec) return post_end(attempt, failure(spec.error()), false);
  const auto effect =
      std::make_shared<ShellEffect>(*attempt->sink, attempt->masker, *attempt->settings,
                                    [this, attempt](EffectOutcome outcome, bool log_cut) {
                                      finish(attempt, std::move(outcome), log_cut);
                                    });
  const auto started = effect->start(*processes_, *spec);
  if (!started) return post_end(attempt, failure(started.error()), false);
  attempt->process = *started;
}

void Effects::Run::run_publish(const AttemptPtr& attempt) {
  auto publish = publish_request(attempt->request, *attempt->settings);
  if (!publish) return post_end(attempt, failure(publish.error()), false);
  // The log may answer when the runner is gone.
  environment_.publish(
      std::move(*publish), [this, inbox = inbox_, attempt](base::Result<hub::Published> published) {
        inbox->post(
            [this, attempt, outcome = publish_outcome(published)] { finish(attempt, outcome); });
      });
}

/// Never from inside `pump`, which would call itself.
void Effects::Run::post_end(const AttemptPtr& attempt, EffectOutcome outcome, bool log_cut) {
  inbox_->post([this, attempt, outcome = std::move(outcome), log_cut]() mutable {
    finish(attempt, std::move(outcome), log_cut);
  });
}

void Effects::Run::finish(const AttemptPtr& attempt, EffectOutcome outcome, bool log_cut) {
  const auto kind = attempt->request.kind;
  attempts_.erase(attempt->request.id);
  if (attempt->deadline) deadlines_.erase({*attempt->deadline, attempt->request.id});
  if (outcome.ok) {
    metrics_.succeeded.add();
  } else if (attempt->cancelled) {
    outcome.cancelled = true;
    outcome.retryable = false;
    outcome.error = "the attempt was cancelled";
    metrics_.cancelled.add();
  } else if (attempt->timed_out) {
    outcome.timed_out = true;
    outcome.retryable = true;
    outcome.error = "the attempt was not done in time";
    metrics_.timed_out.add();
  } else {
    metrics_.failed.add();
  }
  if (log_cut) metrics_.logs_cut.add();
  outcome.error = attempt->masker.mask(outcome.error);
  attempt->masker.mask(outcome.output);
  if (attempt->running) --lanes_[kind].running;
  // Whoever hears of the end may look at the figures.
  show();
  attempt->sink->done(std::move(outcome));
  pump(kind);
}

Effects::Environment Effects::of(hub::Hub& hub) {
  return {.settings = [&hub] { return hub.settings(); },
          .clock = &hub.clock(),
          .publish =
              [&hub](hub::PublishRequest request, hub::Hub::PublishDone done) {
                hub.publish_now(std::move(request), std::move(done));
              }};
}

Effects::Effects(Environment environment) : run_(std::make_unique<Run>(std::move(environment))) {}

Effects::~Effects() { stop(); }

void Effects::start(EffectRequest request, std::shared_ptr<EffectSink> sink) {
  run_->start(std::move(request), std::move(sink));
}

void Effects::cancel(const EffectId& id) { run_->cancel(id); }

void Effects::stop() { run_->stop(); }

const EffectMetrics& Effects::metrics() const { return run_->metrics(); }

}  // namespace weir::apps::workflow
