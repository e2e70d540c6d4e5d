#include "apps/task_feed/keeper.hpp"

#include <gtest/gtest.h>

#include "apps/task_feed/feed_fixture.hpp"

namespace weir::apps::task_feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TaskKeeperTest : public FeedFixture {
 protected:
  void SetUp() override {
    FeedFixture::SetUp();
    keeper.emplace(Keeper::Context{
        .clock = &test.clock, .commit = [this](const Keeper::Work& work, const auto& done) {
          ++commits;
          done(fails ? base::Result<>(base::make_error(base::ErrorCode::kStorageFull))
                     : commit(work));
        }});
    step();
  }

  /// Until there is nothing to do now.
  void step() {
    while (keeper->due() && *keeper->due() <= test.clock.unix_millis()) keeper->step();
  }

  std::optional<Keeper> keeper;
  bool fails = false;
  int commits = 0;
};

TEST_F(TaskKeeperTest, NothingIsAskedUntilTheEarliestDeadline) {
  EXPECT_FALSE(keeper->due()) << "there are no tasks";
  ASSERT_TRUE(claim(make("chair")));
  keeper->note_due(effects.due);
  EXPECT_EQ(keeper->due(), test.clock.unix_millis() + settings.stalled_after.count());
  const auto before = metrics.queries.load();
  test.clock.advance(settings.stalled_after - milliseconds(1));
  step();
  EXPECT_EQ(metrics.queries.load(), before);
  test.clock.advance(milliseconds(1));
  step();
  EXPECT_GT(metrics.queries.load(), before);
  EXPECT_EQ(stored("alice").totals[Status::kStalled], 1U);
  EXPECT_FALSE(keeper->due());
}

TEST_F(TaskKeeperTest, ManyThatAreDueAreDoneInSeveralCommits) {
  for (int i = 0; i < 150; ++i) ASSERT_TRUE(claim(make("chair")));
  keeper->note_due(1);
  test.clock.advance(settings.stalled_after);
  commits = 0;
  step();
  EXPECT_EQ(commits, 2);
  EXPECT_EQ(stored("alice").totals[Status::kStalled], 150U);
}

TEST_F(TaskKeeperTest, WhatEndedIsRemovedWhenItsTimeIsOver) {
  settings.history_retention = seconds(100);
  ASSERT_TRUE(complete(make("a")));
  keeper->note_due(effects.due);
  test.clock.advance(seconds(60));
  ASSERT_TRUE(complete(make("b")));
  test.clock.advance(seconds(40));
  step();
  EXPECT_EQ(stored("alice").completed.size(), 1U);
  test.clock.advance(seconds(60));
  step();
  EXPECT_TRUE(stored("alice").completed.empty());
  EXPECT_FALSE(keeper->due());
}

TEST_F(TaskKeeperTest, ACommitThatFailsIsTriedAgainLater) {
  ASSERT_TRUE(claim(make("chair")));
  keeper->note_due(effects.due);
  test.clock.advance(settings.stalled_after);
  fails = true;
  step();
  ASSERT_TRUE(keeper->due());
  EXPECT_GT(*keeper->due(), test.clock.unix_millis());
  fails = false;
  test.clock.advance(seconds(5));
  step();
  EXPECT_EQ(stored("alice").totals[Status::kStalled], 1U);
}

}  // namespace
}  // namespace weir::apps::task_feed
