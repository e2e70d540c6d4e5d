#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/workflow/engine/engine.hpp"
#include "apps/workflow/engine/testing/definitions.hpp"
#include "apps/workflow/engine/testing/reducer.hpp"
#include "apps/workflow/engine/triggers.hpp"
#include "base/logging.hpp"
#include "base/testing/manual_clock.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"
#include "log/testing/fault_vfs.hpp"

namespace weir::apps::workflow::testing {

/// Effects that end when, and as, the test says.
class FakeEffects final : public EffectRunner {
 public:
  struct Attempt {
    EffectRequest request;
    std::shared_ptr<EffectSink> sink;
    bool cancelled = false;
  };

  void start(EffectRequest request, std::shared_ptr<EffectSink> sink) override {
    started.push_back(request.id);
    attempts.push_back({std::move(request), std::move(sink)});
  }
  void cancel(const EffectId& id) override {
    for (auto& each : attempts) {
      if (each.request.id == id) each.cancelled = true;
    }
  }

  /// Ends the first attempt of that node.
  bool end(const std::string& node, EffectOutcome outcome) {
    const auto at = std::find_if(attempts.begin(), attempts.end(),
                                 [&](const Attempt& each) { return each.request.id.node == node; });
    if (at == attempts.end()) return false;
    auto attempt = std::move(*at);
    attempts.erase(at);
    attempt.sink->done(std::move(outcome));
    return true;
  }

  std::deque<Attempt> attempts;
  std::vector<EffectId> started;
};

inline EffectOutcome success(boost::json::value output = boost::json::object()) {
  EffectOutcome outcome;
  outcome.ok = true;
  outcome.output = std::move(output);
  return outcome;
}
inline EffectOutcome no_luck(bool retryable = false) { return failure("no luck", retryable); }

/// A server without sockets and threads: a log on a simulated disk, a hub, an engine and its
/// triggers, all stepped by the test, which may let it die at any moment.
class EngineWorld {
 public:
  explicit EngineWorld(std::uint64_t seed = 1) : disk_(seed), seed_(seed) {
    base::configure_logging(base::LogLevel::kOff, false);
    settings_.data_dir = "/simulated";
    open();
  }
  ~EngineWorld() { close(); }

  void open() {
    hub_ = std::make_unique<hub::Hub>(std::make_shared<const base::Settings>(settings_), clock_,
                                      std::vector<std::function<void()>>{[] {}}, seed_);
    log::Options options;
    options.settings = &settings_;
    options.clock = &clock_;
    options.seed = seed_;
    options.listener = hub_.get();
    options.manual = true;
    options.vfs = disk_.name();
    auto opened = log::open(options);
    ASSERT_TRUE(opened) << opened.error().message();
    log_ = std::move(*opened);
    hub_->attach(*log_);
    tasks_ = std::make_shared<std::deque<base::Task>>();
    hub_->watch([this, tasks = tasks_](const log::BatchPtr& batch) {
      tasks->push_back([this, batch] { triggers->on_batch(batch); });
    });
    effects = std::make_unique<FakeEffects>();
    Engine::Context context;
    context.hub = hub_.get();
    context.effects = effects.get();
    context.post = [tasks = tasks_](base::Task task) { tasks->push_back(std::move(task)); };
    context.seed = ++life_ * 1'000 + seed_;
    context.read_also = [this](log::State& state) -> base::Result<> {
      auto read = Triggers::read(state);
      if (!read) return read.error();
      read_ = std::move(*read);
      return {};
    };
    context.on_read = [this] { triggers->restore(std::move(read_)); };
    auto post = context.post;
    engine = std::make_unique<Engine>(std::move(context), limits, metrics);
    triggers = std::make_unique<Triggers>(*engine, *hub_, std::move(post), metrics);
    engine->on_definition([this](const auto& entry) { triggers->on_definition(entry); });
    engine->on_deletion([this](const auto& workflow) { triggers->on_deletion(workflow); });
    engine->open();
  }

  void close() {
    tasks_->clear();
    effects.reset();
    triggers.reset();
    engine.reset();
    log_.reset();
    hub_.reset();
    tasks_.reset();
  }

  /// The process dies, with or without the machine, and starts anew.
  void crash(bool power = false) {
    power ? disk_.crash() : disk_.kill();
    close();
    open();
  }

  /// One thing that could happen now without time or the test; false: nothing could.
  bool step_once() {
    if (!tasks_->empty()) {
      auto task = std::move(tasks_->front());
      tasks_->pop_front();
      task();
      step();
      return true;
    }
    if (log_->step_writer()) return true;
    const auto before = tasks_->size();
    log_->run_background();
    hub_->shard(0).run();
    step();
    return tasks_->size() > before;
  }

  /// Everything that can happen without time.
  void run() {
    for (int quiet = 0; quiet < 3; ++quiet) {
      while (step_once()) quiet = 0;
    }
  }
  /// The triggers and the engine, as their thread does it.
  void step() {
    triggers->step();
    engine->step();
  }
  void pass(std::chrono::milliseconds time) {
    clock_.advance(time);
    run();
  }

  void define(std::string_view text) {
    auto parsed = parse_definition(text, Format::kYaml);
    for (const auto& each : parsed.problems) ADD_FAILURE() << problem_text(each);
    ASSERT_TRUE(parsed.definition);
    engine->when_ready([this, definition = std::move(*parsed.definition)]() mutable {
      engine->put_definition(std::move(definition), "", "json", "",
                             [](const auto& version) { EXPECT_TRUE(version); });
    });
    run();
  }

  /// The outcome is there once the start is committed.
  std::shared_ptr<std::optional<base::Result<Started>>> start(StartRequest request) {
    auto outcome = std::make_shared<std::optional<base::Result<Started>>>();
    engine->when_ready([this, request = std::move(request), outcome] {
      engine->start(request, [outcome](base::Result<Started> started) { *outcome = started; });
    });
    return outcome;
  }
  std::string start(const std::string& workflow, boost::json::value input = {}) {
    StartRequest request;
    request.workflow = workflow;
    request.input = std::move(input);
    const auto outcome = start(std::move(request));
    run();
    if (!outcome->has_value() || !**outcome) {
      ADD_FAILURE() << (outcome->has_value() ? (*outcome)->error().message() : "no answer");
      return {};
    }
    return (**outcome)->id;
  }

  template <typename T>
  T read(std::function<base::Result<T>(log::State&)> ask) {
    std::optional<base::Result<T>> answer;
    log_->read_state(
        [&](log::State& state, base::Sequence) -> base::Result<> {
          answer = ask(state);
          return {};
        },
        [](const base::Result<>&) {});
    log_->run_background();
    if (!answer || !*answer) {
      ADD_FAILURE() << (answer ? answer->error().message() : "no answer");
      return {};
    }
    return std::move(**answer);
  }

  std::optional<store::StoredExecution> stored(const std::string& id) {
    return read<std::optional<store::StoredExecution>>(
        [&](log::State& state) { return store::find_execution(state, id); });
  }
  std::string status(const std::string& id) {
    const auto found = stored(id);
    return found ? std::string(name_of(found->row.status)) : "none";
  }

  /// The data of a topic's events, in order.
  std::vector<boost::json::object> events(const std::string& topic) {
    std::vector<boost::json::object> out;
    base::Sequence after;
    const auto selectors =
        std::make_shared<const proto::Selectors>(*proto::make_selectors({topic}, {}, 1));
    while (after < log_->head()) {
      log_->read({.after = after, .bytes_max = 1 << 20, .selectors = selectors},
                 [&](base::Result<log::ReadResult> result) {
                   ASSERT_TRUE(result) << result.error().message();
                   for (const auto& batch : result->batches) {
                     for (auto i = batch->index_after(after); i < batch->size(); ++i) {
                       if ((*batch)[i].topics.front() != topic) continue;
                       out.push_back(boost::json::parse((*batch)[i].data).as_object());
                     }
                     after = std::max(after, batch->last());
                   }
                   after = std::max(after, result->covered);
                 });
      log_->run_background();
    }
    return out;
  }

  /// What the events say is what the rows say.
  void check_told(const std::string& id) {
    Reducer reducer;
    for (const auto& event : events(execution_topic(id))) reducer.apply(event);
    const auto found = stored(id);
    ASSERT_TRUE(found) << id;
    EXPECT_FALSE(reducer.gap) << id;
    EXPECT_EQ(reducer.rev, found->row.rev) << id;
    EXPECT_EQ(reducer.status, name_of(found->row.status)) << id;
    for (const auto& run : found->runs) {
      const auto told = reducer.nodes.find(run.path);
      ASSERT_NE(told, reducer.nodes.end()) << run.path;
      EXPECT_EQ(told->second.at("status").as_string(), name_of(run.status)) << run.path;
      EXPECT_EQ(told->second.at("attempt").to_number<std::uint32_t>(), run.attempt) << run.path;
    }
  }

  base::ManualClock& clock() { return clock_; }
  log::testing::FaultDisk& disk() { return disk_; }
  hub::Hub& hub() { return *hub_; }
  log::Log& log() { return *log_; }

  Limits limits;
  WorkflowMetrics metrics;
  std::unique_ptr<FakeEffects> effects;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Triggers> triggers;

 private:
  log::testing::FaultDisk disk_;
  std::uint64_t seed_;
  std::uint64_t life_ = 0;
  base::ManualClock clock_;
  base::Settings settings_;
  std::vector<Triggers::Stored> read_;
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<log::Log> log_;
  std::shared_ptr<std::deque<base::Task>> tasks_;
};

}  // namespace weir::apps::workflow::testing
