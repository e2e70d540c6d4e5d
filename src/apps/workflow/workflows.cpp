#include "apps/workflow/workflows.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "apps/start_commit.hpp"
#include "apps/workflow/effects/effect_figures.hpp"
#include "apps/workflow/effects/effects.hpp"
#include "apps/workflow/engine/announcer.hpp"
#include "apps/workflow/engine/schema.hpp"
#include "apps/workflow/model/parse.hpp"
#include "base/blocking_queue.hpp"
#include "base/random.hpp"
#include "log/value.hpp"

namespace weir::apps::workflow {
namespace {

using std::chrono::milliseconds;

Limits limits_of(const base::Settings& settings) {
  const auto& from = settings.workflow;
  return {.running_max = from.running_max,
          .queued_max = from.queued_max,
          .effects_max = from.effects_max,
          .items_max = from.items_max,
          .depth_max = from.depth_max,
          .interruptions_max = from.interruptions_max,
          .value_bytes_max = from.value_bytes_max,
          .log_bytes_max = from.log_bytes_max,
          .cancel_grace = from.cancel_grace,
          .keep_executions = from.keep_executions,
          .keep_age = from.keep_age};
}

}  // namespace

/// What the threads share. The log's answers and the effects' words find it by the queue, which
/// refuses them once closed.
class Workflows::Run {
 public:
  Run(hub::Hub& hub, const base::Settings& settings, SecretBox box, Announcer& announcer,
      WorkflowMetrics& metrics)
      : hub_(hub),
        effects_(Effects::of(hub)),
        announcer_(announcer),
        secrets_(std::move(box)),
        engine_(context(), limits_of(settings), metrics),
        triggers_(engine_, hub, poster(), metrics) {
    secrets_.attach(engine_);
    engine_.on_definition([this](const Definitions::Entry& entry) {
      triggers_.on_definition(entry);
      follows_ = triggers_.follows();
    });
    engine_.on_deletion([this](const std::string& workflow) {
      triggers_.on_deletion(workflow);
      follows_ = triggers_.follows();
    });
  }

  void start() {
    hub_.watch([this](const log::BatchPtr& batch) {
      // Where nothing follows the log nobody is woken.
      if (!follows_.load(std::memory_order_relaxed)) return;
      post([this, batch] { triggers_.on_batch(batch); });
    });
    thread_ = std::thread([this] { work(); });
  }

  void post(base::Task task) { (void)tasks_->push(std::move(task)); }
  Parts parts() { return {engine_, triggers_, secrets_}; }

  void stop() {
    follows_ = false;
    post([this] { stopping_ = true; });
    thread_.join();
    effects_.stop();
    tasks_->close();
  }

  const EffectMetrics& effect_metrics() const { return effects_.metrics(); }

 private:
  using Queue = base::BlockingQueue<base::Task>;
  /// What was read along when the engine opened.
  struct Read {
    std::vector<Triggers::Stored> triggers;
    std::vector<std::pair<std::string, std::string>> secrets;
  };

  std::function<void(base::Task)> poster() {
    return [queue = tasks_](base::Task task) { (void)queue->push(std::move(task)); };
  }

  Engine::Context context() {
    Engine::Context context;
    context.hub = &hub_;
    context.effects = &effects_;
    context.announcer = &announcer_;
    context.post = poster();
    context.seed = base::random_seed();
    context.secret = [this](std::string_view name) { return secrets_.find(name); };
    context.read_also = [read = read_](log::State& state) -> base::Result<> {
      *read = {};
      auto triggers = Triggers::read(state);
      if (!triggers) return triggers.error();
      read->triggers = std::move(*triggers);
      return state.query("SELECT name, sealed FROM workflow_secrets", {}, [&](log::Row row) {
        read->secrets.emplace_back(log::text_of(row[0]), log::text_of(row[1]));
      });
    };
    context.on_read = [this] {
      for (const auto& [name, sealed] : read_->secrets) secrets_.restore(name, sealed);
      triggers_.restore(std::move(read_->triggers));
      *read_ = {};
    };
    return context;
  }

  void work() {
    engine_.open();
    while (!stopping_) {
      tasks_->wait_for(time_left());
      for (auto& task : tasks_->take_all()) task();
      triggers_.step();
      engine_.step();
    }
  }

  milliseconds time_left() const {
    constexpr milliseconds kLongest{60'000};
    auto time = kLongest;
    for (const auto due : {engine_.due(), triggers_.due()}) {
      if (!due) continue;
      const auto left = std::chrono::ceil<milliseconds>(*due - hub_.clock().steady());
      time = std::min(time, std::clamp(left, milliseconds(0), kLongest));
    }
    return time;
  }

  hub::Hub& hub_;
  std::shared_ptr<Queue> tasks_ = std::make_shared<Queue>();
  std::shared_ptr<Read> read_ = std::make_shared<Read>();
  Effects effects_;
  Announcer& announcer_;
  Secrets secrets_;
  Engine engine_;
  Triggers triggers_;
  std::atomic<bool> follows_{false};
  bool stopping_ = false;  ///< The engine's thread's own.
  std::thread thread_;
};

Workflows::Workflows() = default;
Workflows::~Workflows() { stop(); }

base::Result<> Workflows::start(hub::Hub& hub, const base::Settings& settings,
                                Announcer& announcer) {
  if (!settings.workflow.enabled) return {};
  auto box = SecretBox::open(settings);
  if (!box) return box.error();
  if (auto upgraded = commit_at_start(hub, store::upgrade); !upgraded) return upgraded;
  run_ = std::make_unique<Run>(hub, settings, std::move(*box), announcer, metrics_);
  run_->start();
  return {};
}

void Workflows::reconfigure(const base::Settings& settings) {
  run([limits = limits_of(settings)](Parts parts) { parts.engine.set_limits(limits); });
}

void Workflows::drain() {
  if (run_ == nullptr) return;
  run_->post([run = run_.get()] { run->parts().engine.drain(); });
}

void Workflows::stop() {
  if (run_ == nullptr || std::exchange(stopped_, true)) return;
  run_->stop();
}

void Workflows::run(std::function<void(Parts)> task) {
  if (run_ == nullptr) return;
  run_->post([run = run_.get(), task = std::move(task)] {
    run->parts().engine.when_ready([run, task] { task(run->parts()); });
  });
}

void Workflows::add_figures(std::vector<base::Figure>& out) const {
  if (run_ == nullptr) return;
  workflow::add_figures(metrics_, out);
  workflow::add_figures(run_->effect_metrics(), out);
}

}  // namespace weir::apps::workflow
