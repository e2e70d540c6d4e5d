#include "apps/task_feed/progress_pace.hpp"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.hpp"

namespace weir::apps::task_feed {
namespace {

using std::chrono::milliseconds;

class ProgressPaceTest : public testing::Test {
 protected:
  std::optional<std::string> offer(const std::string& task, const std::string& data) {
    proto::Event event;
    event.data = data;
    auto sent = pace.offer(task, std::move(event), clock.steady(), 4);
    return sent ? std::optional<std::string>(sent->data) : std::nullopt;
  }
  std::vector<std::string> due() {
    std::vector<std::string> all;
    for (const auto& event : pace.take_due(clock.steady())) all.push_back(event.data);
    return all;
  }

  base::ManualClock clock;
  Metrics metrics;
  ProgressPace pace{metrics};
};

TEST_F(ProgressPaceTest, TheFirstIsToldAtOnceThenFourASecondAndAlwaysTheLast) {
  std::size_t told = offer("a", "0") ? 1 : 0;
  EXPECT_EQ(told, 1U);
  std::string last;
  for (int i = 1; i <= 100; ++i) {
    clock.advance(milliseconds(10));
    EXPECT_FALSE(offer("a", std::to_string(i)));
    for (const auto& data : due()) ++told, last = data;
  }
  EXPECT_EQ(told, 5U) << "one at the beginning, four in the second after it";
  ASSERT_TRUE(pace.due());
  clock.advance(milliseconds(250));
  for (const auto& data : due()) last = data;
  EXPECT_EQ(last, "100");
  EXPECT_EQ(metrics.progress_told.get() + metrics.progress_left_out.get(), 101U);
}

TEST_F(ProgressPaceTest, TasksDoNotWaitForEachOther) {
  EXPECT_TRUE(offer("a", "1"));
  EXPECT_TRUE(offer("b", "1"));
  EXPECT_FALSE(offer("a", "2"));
}

TEST_F(ProgressPaceTest, WhatALaterEventSaysIsNotToldAgain) {
  (void)offer("a", "1");
  (void)offer("a", "2");
  pace.forget("a");
  pace.forget("unknown");
  clock.advance(milliseconds(250));
  EXPECT_TRUE(due().empty());
}

TEST_F(ProgressPaceTest, NothingIsKeptOfATaskThatIsQuiet) {
  (void)offer("a", "1");
  clock.advance(milliseconds(250));
  EXPECT_TRUE(due().empty());
  EXPECT_EQ(pace.size(), 0U);
  EXPECT_FALSE(pace.due());
  EXPECT_TRUE(offer("a", "2"));
}

}  // namespace
}  // namespace weir::apps::task_feed
