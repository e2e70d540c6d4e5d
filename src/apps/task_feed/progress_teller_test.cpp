#include "apps/task_feed/progress_teller.hpp"

#include <gmock/gmock.h>

#include <memory>

#include "base/testing/manual_clock.hpp"

namespace weir::apps::task_feed {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ProgressTellerTest : public testing::Test {
 protected:
  static TaskPtr at(double progress, Status status = Status::kProcessing) {
    Task task;
    task.id = "a";
    task.status = status;
    task.progress = progress;
    return std::make_shared<const Task>(std::move(task));
  }
  /// What a commit says, when the owner's window has come as far as `newest`.
  bool tell(const TaskPtr& task, const TaskPtr& newest) {
    proto::Event event;
    event.data = std::to_string(static_cast<int>(task->progress));
    Window window;
    place(window, newest, {});
    return teller.tell({task, std::move(event)}, window, clock.steady(), 4);
  }
  void pass(milliseconds time) {
    clock.advance(time);
    teller.step(clock.steady());
  }

  base::ManualClock clock;
  Metrics metrics;
  std::vector<std::string> told;
  ProgressTeller teller{metrics, [this](const std::vector<proto::Event>& events) {
                          for (const auto& each : events) told.push_back(each.data);
                        }};
};

TEST_F(ProgressTellerTest, TellsTheFirstAtOnceAndTheLastLater) {
  for (const auto percent : {10, 20, 30}) EXPECT_TRUE(tell(at(percent), at(percent)));
  EXPECT_THAT(told, ElementsAre("10"));
  pass(milliseconds(250));
  EXPECT_THAT(told, ElementsAre("10", "30"));
}

TEST_F(ProgressTellerTest, WhatALaterChangeOfTheSameCommitHasOvertakenIsNotTold) {
  EXPECT_FALSE(tell(at(50), at(100, Status::kCompleted)));
  EXPECT_FALSE(tell(at(50), at(60)));
  EXPECT_TRUE(tell(at(60), at(60)));
  EXPECT_THAT(told, ElementsAre("60"));
  EXPECT_EQ(metrics.progress_left_out.get(), 2U);
}

TEST_F(ProgressTellerTest, WhatWasHeldIsNotToldOnceACommitKnowsMore) {
  EXPECT_TRUE(tell(at(10), at(10)));
  EXPECT_TRUE(tell(at(20), at(20)));
  teller.overtake({"a"});
  pass(milliseconds(250));
  EXPECT_THAT(told, ElementsAre("10"));
  EXPECT_FALSE(teller.due());
}

TEST_F(ProgressTellerTest, WhatIsOutsideTheWindowIsNotTold) {
  Window empty;
  EXPECT_FALSE(teller.tell({at(10), {}}, empty, clock.steady(), 4));
  EXPECT_THAT(told, IsEmpty());
}

}  // namespace
}  // namespace weir::apps::task_feed
