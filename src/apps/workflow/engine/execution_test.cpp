#include "apps/workflow/engine/execution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/workflow/engine/testing/definitions.hpp"
#include "apps/workflow/engine/testing/fake_world.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// One execution, stepped by the test.
class ExecutionTest : public ::testing::Test {
 protected:
  void begin(std::string_view text, json::value input = json::object()) {
    begin(testing::define(text), std::move(input));
  }
  void begin(std::shared_ptr<const Definition> definition, json::value input = json::object()) {
    ExecutionRow row;
    row.id = "wf_exec_0";
    row.workflow = definition->id;
    row.workflow_name = definition->name;
    row.version = 1;
    row.input = std::move(input);
    it_ = std::make_unique<Execution>(std::move(row), std::move(definition));
    note(it_->create(fake_.world(), true));
  }

  Transition apply(Command command) { return note(it_->apply(std::move(command), fake_.world())); }

  void succeed(const std::string& node, json::value output = json::object()) {
    EffectOutcome outcome;
    outcome.ok = true;
    outcome.output = std::move(output);
    apply(command::EffectEnded{node, it_->find(node)->attempt, outcome});
  }
  void fail(const std::string& node, bool retryable = false) {
    EffectOutcome outcome;
    outcome.error = "no luck";
    outcome.retryable = retryable;
    apply(command::EffectEnded{node, it_->find(node)->attempt, outcome});
  }
  void pass(base::UnixMillis time) {
    fake_.now += time;
    apply(command::Look{});
  }

  std::string status(const std::string& node) const {
    const auto* const run = it_->find(node);
    return run == nullptr ? "none" : std::string(name_of(run->status));
  }
  std::string status() const { return std::string(name_of(it_->row().status)); }

  /// "node.started a" for each event so far.
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  testing::FakeWorld fake_;
  std::unique_ptr<Execution> it_;
  std::vector<std::string> started_;  ///< Effects, in order.

 private:
  Transition note(Transition transition) {
    for (const auto& event : transition.events) {
      EXPECT_EQ(event.rev, ++rev_);
      told_.push_back(event.node.empty() ? event.type : event.type + " " + event.node);
    }
    for (const auto index : transition.effects) started_.push_back(it_->runs()[index].path);
    fake_.settle(*it_);
    return transition;
  }

  std::uint64_t rev_ = 0;
  std::vector<std::string> told_;
};

constexpr std::string_view kChain = R"(
id: chain
nodes:
  - {id: a, type: script, with: {source: return 1}}
  - {id: b, type: script, with: {source: return 2}}
edges:
  - {from: a, to: b}
output: ${{ nodes.b.output }}
)";

TEST_F(ExecutionTest, NodesRunOneAfterTheOtherAndTheOutputIsTheDefinitions) {
  begin(kChain);
  EXPECT_THAT(told(), ElementsAre("workflow.started", "node.started a"));
  EXPECT_THAT(started_, ElementsAre("a"));
  succeed("a");
  EXPECT_THAT(told(), ElementsAre("node.completed a", "node.started b"));
  succeed("b", 7);
  EXPECT_THAT(told(), ElementsAre("node.completed b", "workflow.completed"));
  EXPECT_EQ(status(), "completed");
  EXPECT_EQ(it_->row().output, json::value(7));
}

TEST_F(ExecutionTest, AFailureEndsTheExecutionAndCancelsWhatHasNotRun) {
  begin(kChain);
  told();
  fail("a");
  EXPECT_THAT(told(), ElementsAre("node.failed a", "node.cancelled b", "workflow.failed"));
  EXPECT_EQ(status(), "failed");
  EXPECT_EQ(it_->row().error, "a: no luck");
}

TEST_F(ExecutionTest, AResultOfAnEarlierAttemptIsRefused) {
  begin(R"(
id: w
nodes:
  - {id: a, type: script, with: {source: return 1}, retry: {attempts: 3, backoff: 1s, jitter: 0}}
)");
  fail("a", true);
  EXPECT_EQ(status("a"), "retrying");
  pass(999);
  EXPECT_EQ(status("a"), "retrying");
  pass(1);
  EXPECT_EQ(status("a"), "running");
  EXPECT_EQ(it_->find("a")->attempt, 2U);
  EffectOutcome late;
  late.ok = true;
  const auto transition = apply(command::EffectEnded{"a", 1, late});
  EXPECT_TRUE(transition.empty());
  EXPECT_EQ(status("a"), "running");
}

TEST_F(ExecutionTest, RetriesGrowApartAndEnd) {
  begin(R"(
id: w
nodes:
  - {id: a, type: script, with: {source: return 1}, retry: {attempts: 3, backoff: 1s, jitter: 0}}
)");
  fail("a", true);
  pass(1000);
  fail("a", true);
  EXPECT_EQ(it_->due(), fake_.now + 2000);
  pass(2000);
  EXPECT_EQ(it_->find("a")->attempt, 3U);
  fail("a", true);
  EXPECT_EQ(status(), "failed");
}

TEST_F(ExecutionTest, ABranchTakesTheEdgesOfItsCaseAndSkipsTheOthers) {
  begin(R"(
id: w
nodes:
  - {id: which, type: branch, with: {cases: [{name: big, when: "${{ input.n > 10 }}"}], default: small}}
  - {id: big, type: script, with: {source: return 1}}
  - {id: small, type: script, with: {source: return 1}}
  - {id: end, type: script, with: {source: return 1}}
edges:
  - {from: which, to: big, case: big}
  - {from: which, to: small, case: small}
  - {from: big, to: end}
  - {from: small, to: end}
)",
        json::object{{"n", 11}});
  EXPECT_EQ(status("big"), "running");
  EXPECT_EQ(status("small"), "skipped");
  EXPECT_EQ(status("end"), "pending");
  succeed("big");
  EXPECT_EQ(status("end"), "running");
  succeed("end");
  EXPECT_EQ(status(), "completed");
}

TEST_F(ExecutionTest, AFailureEdgeHandlesTheFailure) {
  begin(R"(
id: w
nodes:
  - {id: a, type: script, with: {source: return 1}}
  - {id: rescue, type: script, with: {source: return 1}}
  - {id: next, type: script, with: {source: return 1}}
edges:
  - {from: a, to: rescue, on: failure}
  - {from: a, to: next}
)");
  fail("a");
  EXPECT_EQ(status("rescue"), "running");
  EXPECT_EQ(status("next"), "skipped");
  succeed("rescue");
  EXPECT_EQ(status(), "completed");
}

TEST_F(ExecutionTest, ADelayWaitsAndSoDoesTheExecution) {
  begin(R"(
id: w
nodes:
  - {id: a, type: delay, with: {duration: 10s}}
)");
  EXPECT_THAT(told(), ElementsAre("workflow.started", "node.started a", "node.waiting a",
                                  "workflow.waiting"));
  EXPECT_EQ(it_->due(), fake_.now + 10'000);
  pass(10'000);
  EXPECT_THAT(told(), ElementsAre("node.completed a", "workflow.completed"));
}

TEST_F(ExecutionTest, ForeachRunsSoManyAtATimeAndGivesTheListOfOutputs) {
  begin(R"(
id: w
nodes:
  - id: each
    type: foreach
    with: {items: "${{ input.items }}", maxConcurrent: 2, do: {type: script, with: {source: return item}}}
output: ${{ nodes.each.output }}
)",
        json::object{{"items", json::array{"x", "y", "z"}}});
  EXPECT_THAT(started_, ElementsAre("each/0", "each/1"));
  succeed("each/1", "Y");
  EXPECT_THAT(started_, ElementsAre("each/0", "each/1", "each/2"));
  succeed("each/2", "Z");
  succeed("each/0", "X");
  EXPECT_EQ(status(), "completed");
  EXPECT_EQ(it_->row().output, (json::array{"X", "Y", "Z"}));
}

TEST_F(ExecutionTest, AnEmptyForeachCompletesAtOnce) {
  begin(R"(
id: w
nodes:
  - {id: each, type: foreach, with: {items: [], do: {type: script, with: {source: return item}}}}
)");
  EXPECT_EQ(status(), "completed");
}

TEST_F(ExecutionTest, AFailedChildEndsItsSiblingsAndItsContainer) {
  begin(R"(
id: w
nodes:
  - id: all
    type: parallel
    with:
      nodes:
        - {id: left, type: script, with: {source: return 1}}
        - {id: right, type: script, with: {source: return 1}}
)");
  EXPECT_THAT(started_, ElementsAre("all/left", "all/right"));
  fail("all/left");
  EXPECT_EQ(status("all/right"), "running");
  EXPECT_TRUE(it_->find("all/right")->ending);
  EffectOutcome cancelled;
  cancelled.cancelled = true;
  apply(command::EffectEnded{"all/right", 1, cancelled});
  EXPECT_EQ(status("all/right"), "cancelled");
  EXPECT_EQ(status("all"), "failed");
  EXPECT_EQ(status(), "failed");
  EXPECT_THAT(it_->row().error, HasSubstr("1 of 2 failed: all/left: no luck"));
}

TEST_F(ExecutionTest, WithoutFailFastAllChildrenRun) {
  begin(R"(
id: w
nodes:
  - id: all
    type: parallel
    continueOnError: true
    with:
      failFast: false
      nodes:
        - {id: left, type: script, with: {source: return 1}}
        - {id: right, type: script, with: {source: return 1}}
)");
  fail("all/left");
  EXPECT_FALSE(it_->find("all/right")->ending);
  succeed("all/right");
  EXPECT_EQ(status("all"), "failed");
  EXPECT_EQ(status(), "completed");
}

TEST_F(ExecutionTest, AnApprovalWaitsForAPersonAndTellsWhatWasDecided) {
  begin(R"(
id: w
nodes:
  - {id: ask, type: approval, with: {title: "Deploy?", expires: 1h}}
  - {id: deploy, type: script, with: {source: return 1}}
edges:
  - {from: ask, to: deploy}
)");
  EXPECT_EQ(status(), "waiting");
  EXPECT_THAT(told(), Contains("approval.requested ask"));
  apply(command::Decide{"ask", true, "go", "ada"});
  EXPECT_THAT(told(), ElementsAre("approval.resolved ask", "node.completed ask",
                                  "node.started deploy", "workflow.resumed"));
  EXPECT_EQ(it_->find("ask")->output.at("by"), "ada");
}

TEST_F(ExecutionTest, ARejectionFailsTheNodeSoThatNothingBehindItRuns) {
  begin(R"(
id: w
nodes:
  - {id: ask, type: approval, with: {title: "Deploy?"}}
  - {id: deploy, type: script, with: {source: return 1}}
edges:
  - {from: ask, to: deploy}
)");
  apply(command::Decide{"ask", false, "no", "ada"});
  EXPECT_EQ(status("deploy"), "cancelled");
  EXPECT_EQ(status(), "failed");
  EXPECT_EQ(it_->row().error, "ask: rejected by ada");
}

TEST_F(ExecutionTest, AnApprovalThatNobodyDecidesExpires) {
  begin(R"(
id: w
nodes:
  - {id: ask, type: approval, with: {title: "Deploy?", expires: 1h, onExpire: approve}}
)");
  pass(3'600'000);
  EXPECT_EQ(status(), "completed");
}

TEST_F(ExecutionTest, CancellingAsksEffectsToEndAndWaitsForThem) {
  begin(kChain);
  const auto transition = apply(command::Cancel{"ada"});
  EXPECT_EQ(transition.cancels.size(), 1U);
  EXPECT_EQ(status(), "cancelling");
  EXPECT_EQ(status("a"), "running");
  EXPECT_EQ(status("b"), "cancelled");
  EffectOutcome outcome;
  outcome.cancelled = true;
  apply(command::EffectEnded{"a", 1, outcome});
  EXPECT_EQ(status("a"), "cancelled");
  EXPECT_EQ(status(), "cancelled");
}

TEST_F(ExecutionTest, AnEffectThatDoesNotEndIsGivenUp) {
  begin(kChain);
  apply(command::Cancel{});
  pass(fake_.limits.cancel_grace.count() - 1);
  EXPECT_EQ(status(), "cancelling");
  pass(1);
  EXPECT_EQ(status(), "cancelled");
}

TEST_F(ExecutionTest, TheExecutionsOwnTimeoutFailsIt) {
  begin(R"(
id: w
timeout: 1m
nodes:
  - {id: a, type: delay, with: {duration: 1h}}
)");
  EXPECT_EQ(it_->due(), fake_.now + 60'000);
  pass(60'000);
  EXPECT_EQ(status("a"), "cancelled");
  EXPECT_EQ(status(), "failed");
}

TEST_F(ExecutionTest, NodesWithoutASlotAreQueued) {
  fake_.slots = 1;
  begin(R"(
id: w
nodes:
  - {id: a, type: script, with: {source: return 1}}
  - {id: b, type: script, with: {source: return 1}}
)");
  EXPECT_EQ(status("a"), "running");
  EXPECT_EQ(status("b"), "queued");
  succeed("a");
  apply(command::Look{});
  EXPECT_EQ(status("b"), "running");
}

TEST_F(ExecutionTest, AChildExecutionIsWaitedFor) {
  begin(R"(
id: w
nodes:
  - {id: sub, type: workflow, with: {workflowId: other, input: {x: 1}}}
output: ${{ nodes.sub.output }}
)");
  EXPECT_EQ(status(), "waiting");
  const auto child = it_->find("sub")->child;
  EXPECT_THAT(child, Not(IsEmpty()));
  apply(command::ChildEnded{"sub", "wf_exec_another", ExecutionStatus::kCompleted, 1, {}});
  EXPECT_EQ(status(), "waiting");
  apply(command::ChildEnded{"sub", child, ExecutionStatus::kCompleted, 5, {}});
  EXPECT_EQ(it_->row().output, json::value(5));
}

TEST_F(ExecutionTest, AfterACrashEachNodeDoesWhatItsDefinitionSays) {
  begin(R"(
id: w
nodes:
  - {id: again, type: script, with: {source: return 1}, onCrash: retry}
  - {id: over, type: script, with: {source: return 1}, onCrash: fail, continueOnError: true}
  - {id: person, type: script, with: {source: return 1}, onCrash: ask}
)");
  told();
  started_.clear();
  const auto transition = apply(command::Recover{});
  EXPECT_EQ(transition.attempts.size(), 3U);
  for (const auto& each : transition.attempts) EXPECT_EQ(each.result, "interrupted");
  EXPECT_THAT(started_, ElementsAre("again"));
  EXPECT_EQ(it_->find("again")->attempt, 2U);
  EXPECT_EQ(status("over"), "failed");
  EXPECT_EQ(status("person"), "waiting");
  apply(command::Decide{"person", true, "", "ada"});
  EXPECT_THAT(started_, ElementsAre("again", "person"));
}

TEST_F(ExecutionTest, ANodeThatMayBeWhatKillsTheServerIsNotTriedForEver) {
  fake_.limits.interruptions_max = 2;
  begin(R"(
id: w
nodes:
  - {id: a, type: script, with: {source: return 1}}
)");
  apply(command::Recover{});
  apply(command::Recover{});
  EXPECT_EQ(status("a"), "running");
  apply(command::Recover{});
  EXPECT_EQ(status(), "failed");
}

TEST_F(ExecutionTest, ARerunKeepsWhatDoesNotDependOnTheNode) {
  begin(kChain);
  succeed("a", 1);
  fail("b");
  ASSERT_EQ(status(), "failed");
  ExecutionRow row;
  row.id = "wf_exec_again";
  row.workflow = "chain";
  row.rerun_of = "wf_exec_0";
  Execution again(row, it_->shared_definition());
  again.keep_results(*it_, 1);
  const auto transition = again.create(fake_.world(), true);
  EXPECT_EQ(again.find("a")->status, NodeStatus::kCompleted);
  EXPECT_EQ(again.find("a")->output, json::value(1));
  EXPECT_EQ(again.find("b")->status, NodeStatus::kRunning);
  EXPECT_EQ(transition.effects.size(), 1U);
}

TEST_F(ExecutionTest, SecretsAreNotPartOfWhatIsKept) {
  begin(R"(
id: w
secrets: [TOKEN]
nodes:
  - {id: a, type: http, with: {url: "http://127.0.0.1/", headers: {authorization: "Bearer ${{ secrets.TOKEN }}"}}}
)");
  EXPECT_EQ(it_->find("a")->input.at("headers").at("authorization"), "Bearer ***");
}

TEST_F(ExecutionTest, TerminalIsTerminal) {
  begin(kChain);
  fail("a");
  const auto rev = it_->row().rev;
  apply(command::Cancel{});
  apply(command::Look{});
  apply(command::Recover{});
  succeed("a");
  EXPECT_EQ(it_->row().rev, rev);
  EXPECT_EQ(status(), "failed");
}

}  // namespace
}  // namespace weir::apps::workflow
