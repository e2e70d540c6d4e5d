// A server that dies at every possible moment of a run, and what must hold afterwards.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "apps/workflow/engine/testing/engine_world.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::string_view kChild = R"(
id: child
nodes:
  - {id: one, type: script, with: {source: return 1}, onCrash: retry}
)";

constexpr std::string_view kAll = R"(
id: all
nodes:
  - {id: a, type: script, with: {source: return 1}, onCrash: retry, retry: {attempts: 2, backoff: 1s}}
  - {id: once, type: script, with: {source: return 1}, onCrash: fail, continueOnError: true}
  - {id: wait, type: delay, with: {duration: 5s}}
  - {id: each, type: foreach, with: {items: [1, 2, 3], maxConcurrent: 2, do: {type: script, with: {source: return item}, onCrash: retry}}}
  - {id: sub, type: workflow, with: {workflowId: child}}
  - {id: last, type: script, with: {source: return 1}, onCrash: retry}
edges:
  - {from: a, to: wait}
  - {from: a, to: each}
  - {from: once, to: sub}
  - {from: wait, to: last}
  - {from: each, to: last}
  - {from: sub, to: last}
)";

/// Runs to the end, and dies after `crash_at` steps. How many steps it took; or nothing if that was
/// too many.
class CrashRun {
 public:
  CrashRun(std::uint64_t seed, bool power) : world_(seed), power_(power) {}

  std::size_t play(std::size_t crash_at) {
    crash_at_ = crash_at;
    world_.run();
    world_.define(kChild);
    world_.define(kAll);
    begin();
    for (int turn = 0; turn < 500; ++turn) {
      settle();
      // Not acknowledged, not there: whoever asked asks again.
      if (id_.empty() || !world_.stored(id_)) {
        begin();
        continue;
      }
      if (world_.status(id_) == "completed") break;
      if (!end_effects()) {
        world_.clock().advance(1s);
        world_.engine->step();
      }
    }
    check();
    return steps_;
  }

 private:
  void begin() {
    StartRequest request;
    request.workflow = "all";
    request.once = {"the one", "x", world_.clock().unix_millis() + 1'000'000'000};
    outcome_ = world_.start(std::move(request));
    settle();
  }

  void settle() {
    for (int quiet = 0; quiet < 3; ++quiet) {
      while (world_.step_once()) {
        quiet = 0;
        note();
        if (++steps_ != crash_at_) continue;
        note();
        world_.crash(power_);
        ++crashes_;
      }
    }
  }

  /// What the effects have seen.
  void note() {
    auto& started = world_.effects->started;
    for (const auto& id : started) ++begun_[{id.execution, id.node, id.attempt}];
    started.clear();
    if (outcome_ && outcome_->has_value() && **outcome_) id_ = (**outcome_)->id;
  }

  bool end_effects() {
    if (world_.effects->attempts.empty()) return false;
    world_.effects->end(world_.effects->attempts.front().request.id.node, testing::success());
    return true;
  }

  void check() {
    ASSERT_EQ(world_.status(id_), "completed") << "crash at step " << crash_at_;
    for (const auto& [attempt, times] : begun_) {
      EXPECT_EQ(times, 1) << std::get<1>(attempt) << " began twice as one attempt, crash at step "
                          << crash_at_;
    }
    std::size_t once = 0;
    for (const auto& [attempt, times] : begun_) {
      if (std::get<1>(attempt) == "once") ++once;
    }
    EXPECT_LE(once, 1U) << "onCrash: fail was tried again, crash at step " << crash_at_;
    const auto stored = world_.stored(id_);
    for (const auto& run : stored->runs) {
      EXPECT_TRUE(run.terminal()) << run.path << ", crash at step " << crash_at_;
      if (run.node == nullptr && !run.child.empty()) world_.check_told(run.child);
    }
    world_.check_told(id_);
    std::uint64_t rev = 0;
    for (const auto& event : world_.events(std::string(kListTopic))) {
      ASSERT_EQ(event.at("listRev").to_number<std::uint64_t>(), ++rev)
          << "crash at step " << crash_at_;
    }
  }

  testing::EngineWorld world_;
  bool power_;
  std::size_t crash_at_ = 0;
  std::size_t steps_ = 0;
  int crashes_ = 0;
  std::string id_;
  std::shared_ptr<std::optional<base::Result<Started>>> outcome_;
  std::map<std::tuple<std::string, std::string, std::uint32_t>, int> begun_;
};

TEST(EngineCrash, AServerThatDiesAtAnyStepBringsEveryExecutionToItsTrueEnd) {
  const auto steps = CrashRun(1, false).play(0);
  ASSERT_GT(steps, 20U);
  for (std::size_t at = 1; at <= steps; ++at) {
    CrashRun(at + 1, false).play(at);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "crash at step " << at;
  }
}

TEST(EngineCrash, AMachineThatLosesPowerAtAnyStepDoesNoWorse) {
  const auto steps = CrashRun(1, true).play(0);
  for (std::size_t at = 1; at <= steps; ++at) {
    CrashRun(at + 1'000, true).play(at);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "crash at step " << at;
  }
}

}  // namespace
}  // namespace weir::apps::workflow
