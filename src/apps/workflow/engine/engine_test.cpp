#include "apps/workflow/engine/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/workflow/engine/stats.hpp"
#include "apps/workflow/engine/testing/engine_world.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::no_luck;
using testing::success;

constexpr std::string_view kChain = R"(
id: chain
nodes:
  - {id: a, type: script, with: {source: return 1}, onCrash: retry}
  - {id: b, type: script, with: {source: return 2}, onCrash: retry}
edges:
  - {from: a, to: b}
)";

class EngineTest : public ::testing::Test {
 protected:
  std::string stats(const std::string& workflow = "") {
    return world_.read<std::string>(
        [&](log::State& state) { return stats::read_json(state, workflow); });
  }
  std::vector<std::string> types(const std::string& topic) {
    std::vector<std::string> out;
    for (const auto& event : world_.events(topic)) out.emplace_back(event.at("type").as_string());
    return out;
  }

  testing::EngineWorld world_;
};

TEST_F(EngineTest, AnExecutionRunsFromItsStartToItsEnd) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  EXPECT_EQ(world_.status(id), "running");
  EXPECT_TRUE(world_.effects->end("a", success()));
  world_.run();
  EXPECT_TRUE(world_.effects->end("b", success()));
  world_.run();
  EXPECT_EQ(world_.status(id), "completed");
  EXPECT_THAT(types(execution_topic(id)),
              ElementsAre("workflow.started", "node.started", "node.completed", "node.started",
                          "node.completed", "workflow.completed"));
  EXPECT_TRUE(world_.log().closed_at(execution_topic(id)).has_value());
  EXPECT_FALSE(world_.log().closed_at(kListTopic).has_value());
  world_.check_told(id);
  EXPECT_EQ(world_.metrics.completed.get(), 1U);
}

TEST_F(EngineTest, AnEffectBeginsOnlyAfterTheCommitOfItsStart) {
  world_.define(kChain);
  StartRequest request;
  request.workflow = "chain";
  const auto outcome = world_.start(std::move(request));
  while (!outcome->has_value()) {
    EXPECT_TRUE(world_.effects->started.empty());
    world_.step_once();
  }
  world_.run();
  EXPECT_EQ(world_.effects->started.size(), 1U);
}

TEST_F(EngineTest, TheListTellsEveryEventWithARevWithoutHolesAndTheNumbersOfAll) {
  world_.define(kChain);
  const auto first = world_.start("chain");
  const auto second = world_.start("chain");
  world_.effects->end("a", no_luck());
  world_.run();
  world_.effects->end("a", success());
  world_.run();
  world_.effects->end("b", success());
  world_.run();
  std::uint64_t rev = 0;
  std::string last;
  for (const auto& event : world_.events(std::string(kListTopic))) {
    EXPECT_EQ(event.at("listRev").to_number<std::uint64_t>(), ++rev);
    const bool of_whole = event.at("type").as_string().starts_with("workflow.");
    EXPECT_EQ(event.contains("stats"), of_whole);
    if (of_whole) last = json::serialize(event.at("stats"));
  }
  EXPECT_EQ(last, stats());
  EXPECT_EQ(json::parse(stats()).at("completed"), 1);
  EXPECT_EQ(json::parse(stats()).at("failed"), 1);
  EXPECT_EQ(json::parse(stats("chain")).at("total"), 2);
  world_.check_told(first);
  world_.check_told(second);
}

TEST_F(EngineTest, AStartWithAKeyHappensOnceAlsoAfterACrash) {
  world_.define(kChain);
  const auto ask = [&](std::string fingerprint) {
    StartRequest request;
    request.workflow = "chain";
    request.once = {"key", std::move(fingerprint), world_.clock().unix_millis() + 1'000'000};
    const auto outcome = world_.start(std::move(request));
    world_.run();
    return **outcome;
  };
  const auto first = ask("x");
  ASSERT_TRUE(first);
  world_.crash();
  world_.run();
  const auto second = ask("x");
  ASSERT_TRUE(second);
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(first->before, second->before);
  EXPECT_TRUE(second->repeated);
  EXPECT_EQ(json::parse(stats()).at("total"), 1);
  const auto other = ask("y");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, base::ErrorCode::kIdempotencyConflict);
}

TEST_F(EngineTest, AWorkflowsOwnLimitQueuesOrRejects) {
  world_.define(std::string(kChain) + "concurrency: {max: 1}\n");
  const auto first = world_.start("chain");
  const auto second = world_.start("chain");
  EXPECT_EQ(world_.status(second), "queued");
  world_.effects->end("a", no_luck());
  world_.run();
  EXPECT_EQ(world_.status(first), "failed");
  EXPECT_EQ(world_.status(second), "running");

  world_.define(std::string(kChain) + "concurrency: {max: 1, overflow: reject}\n");
  StartRequest request;
  request.workflow = "chain";
  const auto refused = world_.start(std::move(request));
  world_.run();
  ASSERT_TRUE(refused->has_value());
  EXPECT_FALSE(**refused);
}

TEST_F(EngineTest, EffectsOfAllExecutionsShareTheirPlaces) {
  world_.limits.effects_max = 2;
  world_.crash();
  world_.run();
  world_.define(kChain);
  for (int i = 0; i < 4; ++i) world_.start("chain");
  EXPECT_EQ(world_.effects->attempts.size(), 2U);
  for (int i = 0; i < 8; ++i) {
    ASSERT_FALSE(world_.effects->attempts.empty());
    ASSERT_LE(world_.effects->attempts.size(), 2U);
    world_.effects->end(world_.effects->attempts.front().request.id.node, success());
    world_.run();
  }
  EXPECT_EQ(json::parse(stats()).at("completed"), 4);
}

TEST_F(EngineTest, AChildExecutionRunsAndItsOutputIsTheNodes) {
  world_.define(kChain);
  world_.define(R"(
id: parent
nodes:
  - {id: sub, type: workflow, with: {workflowId: chain}}
)");
  const auto id = world_.start("parent");
  EXPECT_EQ(world_.status(id), "waiting");
  const auto child = world_.stored(id)->runs.front().child;
  EXPECT_EQ(world_.status(child), "running");
  world_.effects->end("a", success());
  world_.run();
  world_.effects->end("b", success());
  world_.run();
  EXPECT_EQ(world_.status(child), "completed");
  EXPECT_EQ(world_.status(id), "completed");
  world_.check_told(id);
  world_.check_told(child);
}

TEST_F(EngineTest, CancellingAParentCancelsItsChild) {
  world_.define(kChain);
  world_.define(R"(
id: parent
nodes:
  - {id: sub, type: workflow, with: {workflowId: chain}}
)");
  const auto id = world_.start("parent");
  const auto child = world_.stored(id)->runs.front().child;
  bool done = false;
  world_.engine->cancel(id, "ada",
                        [&](const base::Result<>& outcome) { done = outcome.has_value(); });
  world_.run();
  EXPECT_TRUE(done);
  EXPECT_EQ(world_.status(id), "cancelled");
  EXPECT_EQ(world_.status(child), "cancelling");
  ASSERT_TRUE(world_.effects->attempts.front().cancelled);
  EffectOutcome cancelled;
  cancelled.cancelled = true;
  world_.effects->end("a", cancelled);
  world_.run();
  EXPECT_EQ(world_.status(child), "cancelled");
}

TEST_F(EngineTest, ALateResultIsRefusedAndCounted) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  world_.engine->cancel(id, "", [](const base::Result<>&) {});
  world_.run();
  world_.pass(world_.limits.cancel_grace);
  EXPECT_EQ(world_.status(id), "cancelled");
  world_.effects->end("a", success());
  world_.run();
  EXPECT_EQ(world_.status(id), "cancelled");
  EXPECT_EQ(world_.metrics.late_results.get(), 1U);
  EXPECT_EQ(world_.metrics.effects.get(), 0U);
}

TEST_F(EngineTest, WhatANodeSaysIsStoredBeforeItsEnd) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  auto& sink = *world_.effects->attempts.front().sink;
  sink.log("stdout", "one\n");
  sink.log("stderr", "two\n");
  world_.effects->end("a", success());
  world_.run();
  std::string text;
  const auto number = static_cast<std::int64_t>(world_.stored(id)->row.number);
  world_.read<int>([&](log::State& state) -> base::Result<int> {
    const log::Value which[] = {number};
    auto read =
        state.query("SELECT stream, text FROM workflow_logs WHERE execution = ? ORDER BY position",
                    which, [&](log::Row row) {
                      text += std::get<std::string>(row[0]) + ":" + std::get<std::string>(row[1]);
                    });
    if (!read) return read.error();
    return 0;
  });
  EXPECT_EQ(text, "stdout:one\nstderr:two\n");
}

TEST_F(EngineTest, AFullDiskKeepsExecutionsWaitingAndLosesNothing) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  world_.disk().set_capacity(world_.disk().used());
  // The write-ahead log is reused until it is full; this fills it.
  world_.effects->end("a", success(json::value(std::string(200'000, 'x'))));
  world_.run();
  ASSERT_GT(world_.metrics.commit_failures.get(), 0U);
  EXPECT_EQ(world_.effects->started.size(), 1U) << "what is not committed does not begin";
  world_.pass(2s);
  EXPECT_EQ(world_.effects->started.size(), 1U);
  StartRequest request;
  request.workflow = "chain";
  request.input = json::object{{"x", std::string(100'000, 'x')}};
  const auto refused = world_.start(std::move(request));
  world_.run();
  ASSERT_TRUE(refused->has_value());
  EXPECT_FALSE(**refused) << "a start is refused, not kept waiting";
  world_.disk().set_capacity(0);
  world_.pass(2s);
  EXPECT_EQ(world_.effects->started.size(), 2U);
  world_.effects->end("b", success());
  world_.run();
  EXPECT_EQ(world_.status(id), "completed");
  world_.check_told(id);
}

TEST_F(EngineTest, WhileItDrainsWhatRunsMayEndAndNothingBegins) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  world_.engine->drain();
  world_.effects->end("a", success());
  world_.run();
  EXPECT_EQ(world_.engine->busy(), 0U);
  StartRequest request;
  request.workflow = "chain";
  const auto refused = world_.start(std::move(request));
  world_.run();
  ASSERT_TRUE(refused->has_value());
  EXPECT_EQ((*refused)->error().code, base::ErrorCode::kDraining);
  world_.crash();
  world_.run();
  EXPECT_EQ(world_.effects->attempts.size(), 1U) << "the next server goes on";
  world_.effects->end("b", success());
  world_.run();
  EXPECT_EQ(world_.status(id), "completed");
}

TEST_F(EngineTest, ARerunFromANodeKeepsTheOutputsBeforeIt) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  world_.effects->end("a", success(json::object{{"v", 1}}));
  world_.run();
  world_.effects->end("b", no_luck());
  world_.run();
  ASSERT_EQ(world_.status(id), "failed");
  std::optional<base::Result<Started>> started;
  world_.engine->rerun(id, "b", json::object{{"type", "rerun"}},
                       [&](const base::Result<Started>& outcome) { started = outcome; });
  world_.run();
  ASSERT_TRUE(started && *started);
  const auto again = (*started)->id;
  world_.effects->end("b", success());
  world_.run();
  EXPECT_EQ(world_.status(again), "completed");
  const auto stored = world_.stored(again);
  EXPECT_EQ(stored->row.rerun_of, id);
  EXPECT_EQ(stored->runs.front().output, (json::object{{"v", 1}}));
  world_.check_told(again);
}

TEST_F(EngineTest, TheOldestAreForgottenWithTheirEventsAndTheNumbersFollow) {
  world_.limits.keep_executions = 2;
  world_.crash();
  world_.run();
  world_.define(R"({id: quick, nodes: [{id: a, type: delay, with: {duration: 0s}}]})");
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(world_.start("quick"));
    world_.clock().advance(10ms);
  }
  world_.pass(31s);
  EXPECT_EQ(json::parse(stats()).at("total"), 2);
  EXPECT_EQ(world_.status(ids[2]), "none");
  EXPECT_EQ(world_.status(ids[3]), "completed");
  EXPECT_TRUE(world_.events(execution_topic(ids[0])).empty());
  EXPECT_FALSE(world_.events(execution_topic(ids[4])).empty());
  EXPECT_FALSE(world_.log().closed_at(execution_topic(ids[0])).has_value());
}

}  // namespace
}  // namespace weir::apps::workflow
