#include "apps/workflow/engine/triggers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/workflow/engine/testing/engine_world.hpp"
#include "log/value.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kHourly = R"(
id: hourly
triggers:
  - {type: cron, schedule: "0 * * * *", input: {at: "${{ trigger.time }}"}}
nodes:
  - {id: a, type: delay, with: {duration: 0s}}
)";
constexpr std::string_view kOnOrder = R"(
id: on-order
triggers:
  - {type: event, topic: "orders/{id}", input: {total: "${{ trigger.data.total }}"}}
nodes:
  - {id: a, type: delay, with: {duration: 0s}}
)";

class TriggersTest : public ::testing::Test {
 protected:
  /// What the executions of a workflow were begun with, oldest first.
  std::vector<std::string> begun(const std::string& workflow, const char* member) {
    return world_.read<std::vector<std::string>>([&](log::State& state) {
      std::vector<std::string> out;
      const log::Value of[] = {workflow};
      auto read =
          state.query("SELECT input FROM workflow_executions WHERE workflow = ? ORDER BY number",
                      of, [&](log::Row row) {
                        const auto input = json::parse(log::text_of(row[0]));
                        out.push_back(json::serialize(input.at(member)));
                      });
      return read ? base::Result<std::vector<std::string>>(out) : read.error();
    });
  }
  std::vector<std::string> times() { return begun("hourly", "at"); }
  std::vector<std::string> totals() { return begun("on-order", "total"); }

  void publish(int total) {
    proto::Event event;
    event.topics.push_back("orders/" + std::to_string(total));
    event.data = json::serialize(json::object{{"total", total}});
    hub::PublishRequest request;
    request.events.push_back(std::move(event));
    world_.hub().publish_now(std::move(request), [](const base::Result<hub::Published>& outcome) {
      EXPECT_TRUE(outcome);
    });
    world_.run();
  }

  testing::EngineWorld world_;
};

TEST_F(TriggersTest, AScheduleBeginsAnExecutionAtEachOfItsTimes) {
  world_.define(kHourly);
  world_.pass(59min + 59s);
  EXPECT_THAT(times(), IsEmpty());
  world_.pass(1s);
  EXPECT_THAT(times(), ElementsAre(R"("2026-01-01T01:00:00.000Z")"));
  world_.pass(59min);
  EXPECT_EQ(times().size(), 1U);
  world_.pass(1min);
  EXPECT_EQ(times().size(), 2U);
  EXPECT_EQ(world_.metrics.triggered.get(), 2U);
}

TEST_F(TriggersTest, TimesThatPassedWhileNoServerRanAreNotMadeUpFor) {
  world_.define(kHourly);
  world_.close();
  world_.clock().advance(5h + 30min);
  world_.open();
  world_.run();
  EXPECT_THAT(times(), IsEmpty());
  world_.pass(30min);
  EXPECT_THAT(times(), ElementsAre(R"("2026-01-01T06:00:00.000Z")"));
}

TEST_F(TriggersTest, ATimeBeginsNoSecondExecutionWhereverTheServerDies) {
  std::int64_t all = 0;
  for (std::size_t crash_at = 1; crash_at < 40; ++crash_at) {
    testing::EngineWorld world(crash_at);
    world.define(kHourly);
    world.clock().advance(1h);
    world.step();
    for (std::size_t i = 0; i < crash_at; ++i) world.step_once();
    world.crash();
    world.run();
    const auto count = world.read<std::int64_t>([](log::State& state) {
      std::int64_t found = 0;
      auto read = state.query("SELECT COUNT(*) FROM workflow_executions", {},
                              [&](log::Row row) { found = log::integer_of(row[0]); });
      return read ? base::Result<std::int64_t>(found) : read.error();
    });
    EXPECT_LE(count, 1) << "dead after " << crash_at << " steps";
    all += count;
  }
  EXPECT_GT(all, 0);
}

TEST_F(TriggersTest, AScheduleThatIsSwitchedOffDoesNotFireNeitherAfterARestart) {
  world_.define(kHourly);
  world_.triggers->enable("hourly", 0, false, [](const auto& done) { EXPECT_TRUE(done); });
  world_.run();
  world_.pass(3h);
  world_.crash();
  world_.run();
  world_.pass(3h);
  EXPECT_THAT(times(), IsEmpty());
  world_.triggers->enable("hourly", 0, true, [](const auto& done) { EXPECT_TRUE(done); });
  world_.run();
  world_.pass(1h);
  EXPECT_EQ(times().size(), 1U);
}

TEST_F(TriggersTest, AStartThatIsRefusedForNowIsTriedAgain) {
  world_.define(kHourly);
  world_.limits.running_max = 1;
  world_.limits.queued_max = 0;
  world_.engine->set_limits(world_.limits);
  world_.define(R"(
id: long
nodes:
  - {id: a, type: script, with: {source: return 1}}
)");
  const auto id = world_.start("long");
  world_.pass(1h);
  EXPECT_THAT(times(), IsEmpty());
  EXPECT_TRUE(world_.effects->end("a", testing::success()));
  world_.run();
  EXPECT_EQ(world_.status(id), "completed");
  world_.pass(1s);
  EXPECT_EQ(times().size(), 1U);
}

TEST_F(TriggersTest, EveryEventBeginsOneExecutionOverCrashes) {
  world_.define(kOnOrder);
  for (int i = 0; i < 5; ++i) publish(i);
  world_.crash();
  world_.run();
  for (int i = 5; i < 8; ++i) publish(i);
  world_.crash(true);
  world_.run();
  EXPECT_THAT(totals(), ElementsAre("0", "1", "2", "3", "4", "5", "6", "7"));
}

TEST_F(TriggersTest, ADeletedWorkflowIsTriggeredByNothing) {
  world_.define(kHourly);
  world_.define(kOnOrder);
  publish(1);
  for (const auto* const id : {"hourly", "on-order"}) {
    world_.engine->delete_definition(id, [](const auto& done) { EXPECT_TRUE(done); });
  }
  world_.run();
  publish(2);
  world_.pass(1h);
  world_.crash();
  world_.run();
  publish(3);
  world_.pass(1h);
  EXPECT_THAT(times(), IsEmpty());
  EXPECT_THAT(totals(), ElementsAre("1"));
  EXPECT_THAT(world_.triggers->schedules(), IsEmpty());
  // Of the same name, another workflow: it knows nothing of what came before it.
  world_.define(kOnOrder);
  publish(4);
  EXPECT_THAT(totals(), ElementsAre("1", "4"));
}

}  // namespace
}  // namespace weir::apps::workflow
