// Random graphs, random failures, random crashes: what must hold whatever happens.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "apps/workflow/engine/execution.hpp"
#include "apps/workflow/engine/testing/definitions.hpp"
#include "apps/workflow/engine/testing/fake_world.hpp"
#include "apps/workflow/engine/testing/reducer.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

/// One run of a random definition under a seed.
class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed) : seed_(seed), dice_(seed) {
    fake_.random = base::Random(seed + 1);
    fake_.slots = 1 + dice_.below(4);
    fake_.limits.interruptions_max = 5;
    ExecutionRow row;
    row.id = "wf_exec_0";
    row.workflow = "w";
    row.input = json::object{{"n", dice_.below(10)}};
    it_ =
        std::make_unique<Execution>(row, testing::define(json::serialize(graph()), Format::kJson));
  }

  void play() {
    check(it_->create(fake_.world(), true));
    for (int step = 0; !it_->terminal(); ++step) {
      ASSERT_LT(step, 5'000) << "stuck, seed " << seed_;
      act();
      if (::testing::Test::HasFailure()) return;
    }
    for (const auto& run : it_->runs()) {
      EXPECT_TRUE(run.terminal()) << run.path << ", seed " << seed_;
    }
    check_order();
  }

 private:
  bool chance(std::uint64_t percent) { return dice_.below(100) < percent; }

  json::object leaf(std::string id) {
    json::object node{
        {"id", std::move(id)}, {"type", "script"}, {"with", {{"source", "return 1"}}}};
    if (chance(40)) {
      node["retry"] = {{"attempts", 1 + dice_.below(3)}, {"backoff", "1s"}};
    }
    if (chance(20)) node["timeout"] = "30s";
    if (chance(30)) node["continueOnError"] = true;
    if (chance(50)) node["onCrash"] = chance(50) ? "fail" : chance(50) ? "ask" : "retry";
    if (chance(15)) node["concurrency"] = {{"group", "g"}, {"max", 1}};
    return node;
  }

  json::object any_node(const std::string& id) {
    const auto which = dice_.below(10);
    if (which == 0) return {{"id", id}, {"type", "delay"}, {"with", {{"duration", "5s"}}}};
    if (which == 1)
      return {{"id", id}, {"type", "approval"}, {"with", {{"title", "?"}, {"expires", "1h"}}}};
    if (which == 2) return {{"id", id}, {"type", "workflow"}, {"with", {{"workflowId", "other"}}}};
    if (which == 3) {
      auto child = leaf("x");
      child.erase("id");
      json::array items;
      for (std::uint64_t i = dice_.below(5); i > 0; --i) items.emplace_back(i);
      return {{"id", id},
              {"type", "foreach"},
              {"with",
               {{"items", std::move(items)},
                {"do", std::move(child)},
                {"maxConcurrent", 1 + dice_.below(3)},
                {"failFast", chance(50)}}}};
    }
    if (which == 4) {
      return {{"id", id},
              {"type", "parallel"},
              {"with",
               {{"nodes", json::array{leaf("left"), leaf("right")}}, {"failFast", chance(50)}}}};
    }
    if (which == 5) {
      return {
          {"id", id},
          {"type", "branch"},
          {"with",
           {{"cases", json::array{json::object{{"name", "yes"}, {"when", "${{ input.n > 4 }}"}}}},
            {"default", "no"}}}};
    }
    return leaf(id);
  }

  json::object graph() {
    json::array nodes;
    json::array edges;
    const auto count = 1 + dice_.below(10);
    for (std::uint64_t i = 0; i < count; ++i) {
      nodes.push_back(any_node(fmt::format("n{}", i)));
      if (chance(15)) nodes.back().as_object()["if"] = "${{ input.n > 2 }}";
      for (std::uint64_t from = 0; from < i; ++from) {
        if (!chance(30)) continue;
        json::object edge{{"from", fmt::format("n{}", from)}, {"to", fmt::format("n{}", i)}};
        if (nodes[from].at("type") == "branch" && chance(70)) {
          edge["case"] = chance(50) ? "yes" : "no";
        } else if (chance(30)) {
          edge["on"] = chance(50) ? "failure" : "always";
        }
        edges.push_back(std::move(edge));
      }
    }
    json::object out{{"id", "w"}, {"nodes", std::move(nodes)}, {"edges", std::move(edges)}};
    if (chance(20)) out["timeout"] = "10m";
    return out;
  }

  /// Something that could happen now.
  void act() {
    if (chance(2)) return check(it_->apply(command::Cancel{"ada"}, fake_.world()));
    if (chance(3)) {
      // A crash: nothing that ran does any more.
      under_way_.clear();
      return check(it_->apply(command::Recover{}, fake_.world()));
    }
    if (!under_way_.empty() && chance(70)) return end_effect();
    for (const auto& run : it_->runs()) {
      if (run.awaits == Awaits::kExecution && chance(40)) {
        const auto how = chance(70) ? ExecutionStatus::kCompleted : ExecutionStatus::kFailed;
        return check(
            it_->apply(command::ChildEnded{run.path, run.child, how, 1, "why"}, fake_.world()));
      }
      const bool asked = run.awaits == Awaits::kApproval || run.awaits == Awaits::kDecision;
      if (asked && chance(50)) {
        return check(it_->apply(command::Decide{run.path, chance(70), "", "ada"}, fake_.world()));
      }
    }
    const auto due = it_->due();
    fake_.now = due > fake_.now && chance(70) ? due : fake_.now + 1'000;
    check(it_->apply(command::Look{}, fake_.world()));
  }

  void end_effect() {
    auto at = under_way_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice_.below(under_way_.size())));
    const auto [path, attempt] = *at;
    under_way_.erase(at);
    EffectOutcome outcome;
    outcome.ok = chance(75);
    outcome.output = json::object{{"by", path}};
    outcome.error = outcome.ok ? "" : "no luck";
    outcome.retryable = chance(70);
    check(it_->apply(command::EffectEnded{path, attempt, outcome}, fake_.world()));
  }

  void check(const Transition& transition) {
    for (const auto index : transition.effects) {
      const auto& run = it_->runs()[index];
      if (run.status != NodeStatus::kRunning) continue;
      EXPECT_TRUE(begun_.insert({run.path, run.attempt}).second)
          << run.path << " begins twice as attempt " << run.attempt << ", seed " << seed_;
      under_way_.insert({run.path, run.attempt});
    }
    for (const auto& event : transition.events) {
      json::object data = event.fields;
      data["rev"] = event.rev;
      if (!event.node.empty()) {
        data["nodeId"] = event.node;
        data["attempt"] = event.attempt;
      }
      reducer_.apply(data);
    }
    EXPECT_FALSE(reducer_.gap) << "seed " << seed_;
    check_reducer();
    check_terminal();
    fake_.settle(*it_);
    std::size_t in_group = 0;
    for (const auto& run : it_->runs()) {
      const bool counts = !run.is_effect() || run.node->retry.attempts >= run.failures;
      EXPECT_TRUE(counts) << run.path << " failed too often, seed " << seed_;
      if (run.status == NodeStatus::kRunning && run.is_effect()) ++in_group;
    }
    EXPECT_LE(in_group, fake_.slots) << "seed " << seed_;
  }

  /// Who has only read the events knows the same.
  void check_reducer() {
    EXPECT_EQ(reducer_.rev, it_->row().rev);
    EXPECT_EQ(reducer_.status, name_of(it_->row().status)) << "seed " << seed_;
    for (const auto& run : it_->runs()) {
      const auto known = reducer_.nodes.find(run.path);
      if (known == reducer_.nodes.end()) {
        EXPECT_EQ(run.status, NodeStatus::kPending) << run.path << ", seed " << seed_;
        continue;
      }
      const auto& told = known->second;
      EXPECT_EQ(told.at("status").as_string(), name_of(run.status))
          << run.path << ", seed " << seed_;
      EXPECT_EQ(told.at("attempt").to_number<std::uint32_t>(), run.attempt) << "seed " << seed_;
      if (run.started != 0) {
        EXPECT_EQ(told.at("startTime").as_string(), proto::format_rfc3339(run.started))
            << run.path << ", seed " << seed_;
      }
      if (run.ended != 0) {
        EXPECT_EQ(told.at("endTime").as_string(), proto::format_rfc3339(run.ended))
            << run.path << ", seed " << seed_;
      }
    }
  }

  void check_terminal() {
    for (const auto& run : it_->runs()) {
      const auto before = ended_.find(run.path);
      if (before != ended_.end()) {
        EXPECT_EQ(before->second, run.status) << run.path << " has ended already, seed " << seed_;
      }
      if (run.terminal()) ended_.emplace(run.path, run.status);
    }
  }

  /// No node began before those that it depends on had ended.
  void check_order() {
    const auto& definition = it_->definition();
    for (const auto& edge : definition.edges) {
      const auto& from = it_->runs()[edge.from];
      const auto& to = it_->runs()[edge.to];
      if (to.started == 0) continue;
      EXPECT_LE(from.ended, to.started) << from.path << " -> " << to.path << ", seed " << seed_;
    }
  }

  std::uint64_t seed_;
  base::Random dice_;
  testing::FakeWorld fake_;
  std::unique_ptr<Execution> it_;
  testing::Reducer reducer_;
  std::set<std::pair<std::string, std::uint32_t>> begun_;
  std::set<std::pair<std::string, std::uint32_t>> under_way_;
  std::map<std::string, NodeStatus> ended_;
};

TEST(ExecutionProperty, RandomGraphsReachATrueEndAndTellAllOfIt) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    RandomRun(seed).play();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::apps::workflow
