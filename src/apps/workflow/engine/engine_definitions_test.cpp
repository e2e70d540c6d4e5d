// Definitions that go while executions of them are there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/workflow/engine/testing/engine_world.hpp"

namespace weir::apps::workflow {
namespace {

using namespace std::chrono_literals;
using testing::success;

constexpr std::string_view kChain = R"(
id: chain
nodes:
  - {id: a, type: script, with: {source: return 1}}
  - {id: b, type: script, with: {source: return 2}}
edges:
  - {from: a, to: b}
)";

class EngineDefinitionsTest : public ::testing::Test {
 protected:
  base::Result<> remove(const std::string& id) {
    std::optional<base::Result<>> outcome;
    world_.engine->delete_definition(id, [&](base::Result<> done) { outcome = std::move(done); });
    world_.run();
    return outcome ? *outcome : base::make_error(base::ErrorCode::kInternal, "no answer");
  }
  std::uint64_t newest(const std::string& id) {
    return world_.read<std::uint64_t>([&](log::State& state) -> base::Result<std::uint64_t> {
      auto found = store::newest_definition(state, id);
      if (!found) return found.error();
      return *found ? (*found)->version : 0;
    });
  }
  void end(const std::string& node) {
    EXPECT_TRUE(world_.effects->end(node, success())) << node;
    world_.run();
  }

  testing::EngineWorld world_;
};

TEST_F(EngineDefinitionsTest, AnExecutionThatRunsGoesOnWithoutItsDefinitionAlsoOverACrash) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  EXPECT_TRUE(remove("chain"));
  end("a");
  world_.crash();
  world_.run();
  EXPECT_EQ(world_.engine->definitions().find("chain"), nullptr);
  end("b");
  EXPECT_EQ(world_.status(id), "completed");
  world_.check_told(id);
}

TEST_F(EngineDefinitionsTest, ADeletedWorkflowBeginsNothing) {
  world_.define(kChain);
  world_.define(R"(
id: outer
nodes:
  - {id: sub, type: workflow, with: {workflowId: chain}}
)");
  EXPECT_TRUE(remove("chain"));
  StartRequest request;
  request.workflow = "chain";
  const auto outcome = world_.start(std::move(request));
  world_.run();
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ((**outcome).error().code, base::ErrorCode::kNotFound);
  EXPECT_EQ(world_.status(world_.start("outer")), "failed");
  EXPECT_EQ(remove("chain").error().code, base::ErrorCode::kNotFound);
}

TEST_F(EngineDefinitionsTest, OneOfTheSameNameIsAFurtherVersionAsLongAsExecutionsReferToTheOld) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  EXPECT_TRUE(remove("chain"));
  world_.define(kChain);
  EXPECT_EQ(newest("chain"), 2U);
  EXPECT_EQ(world_.engine->definitions().find("chain")->version, 2U);
  end("a");
  end("b");
  EXPECT_EQ(world_.status(id), "completed");
}

TEST_F(EngineDefinitionsTest, WhatNoExecutionRefersToIsGone) {
  world_.define(kChain);
  EXPECT_TRUE(remove("chain"));
  EXPECT_EQ(newest("chain"), 0U);

  world_.define(kChain);
  world_.start("chain");
  EXPECT_TRUE(remove("chain"));
  end("a");
  end("b");
  EXPECT_EQ(newest("chain"), 1U);
  world_.limits.keep_age = 1s;
  world_.engine->set_limits(world_.limits);
  world_.pass(60s);
  EXPECT_EQ(newest("chain"), 0U);
}

TEST_F(EngineDefinitionsTest, ARowSaysWhereTheWayLedOnAndTheListWhoseANodesEventIs) {
  world_.define(kChain);
  const auto id = world_.start("chain");
  end("a");
  const auto found = world_.stored(id);
  ASSERT_TRUE(found);
  ASSERT_FALSE(found->runs.empty());
  EXPECT_EQ(boost::json::serialize(found->runs.front().next), R"(["b"])");
  for (const auto& event : world_.events(std::string(kListTopic))) {
    EXPECT_EQ(event.at("workflowId").as_string(), "chain");
  }
}

}  // namespace
}  // namespace weir::apps::workflow
