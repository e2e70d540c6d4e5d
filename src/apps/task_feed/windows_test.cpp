#include "apps/task_feed/windows.hpp"

#include <gtest/gtest.h>

namespace weir::apps::task_feed {
namespace {

WindowPtr at_rev(std::uint64_t rev) {
  Window window;
  window.rev = rev;
  return std::make_shared<const Window>(window);
}

TEST(WindowsTest, WhatIsNotDurableYetIsHiddenFromReaders) {
  Windows windows(1 << 20, {});
  const auto one = at_rev(1);
  windows.begin("alice", one);
  EXPECT_EQ(windows.committed("alice"), nullptr);
  EXPECT_EQ(windows.newest("alice"), one);
  windows.settle("alice", one);
  EXPECT_EQ(windows.committed("alice"), one);
}

TEST(WindowsTest, AnEarlierCommitsEndDoesNotShowALaterOnesWindow) {
  Windows windows(1 << 20, {});
  const auto one = at_rev(1);
  const auto two = at_rev(2);
  windows.begin("alice", one);
  windows.begin("alice", two);
  windows.settle("alice", one);
  EXPECT_EQ(windows.committed("alice"), nullptr);
  windows.settle("alice", two);
  EXPECT_EQ(windows.committed("alice"), two);
}

TEST(WindowsTest, WhatWasReadWhileSomethingChangedIsNotTaken) {
  Windows windows(1 << 20, {});
  auto mark = windows.mark("alice");
  windows.begin("alice", at_rev(2));
  windows.drop("alice");
  windows.offer("alice", at_rev(1), mark);
  EXPECT_EQ(windows.committed("alice"), nullptr);
  // Nor where the change had begun before, and ended after.
  const auto three = at_rev(3);
  windows.begin("alice", three);
  mark = windows.mark("alice");
  windows.settle("alice", three);
  windows.drop("alice");
  windows.offer("alice", at_rev(2), mark);
  EXPECT_EQ(windows.committed("alice"), nullptr);
  mark = windows.mark("alice");
  windows.offer("alice", three, mark);
  EXPECT_EQ(windows.committed("alice"), three);
}

TEST(WindowsTest, MemoryIsBoundedAndKeepsWhatWasUsedLast) {
  const auto bytes = at_rev(1)->bytes() + 2;
  Windows windows(3 * bytes, {});
  for (const auto* owner : {"o1", "o2", "o3"}) {
    windows.offer(owner, at_rev(1), windows.mark(owner));
  }
  ASSERT_NE(windows.committed("o1"), nullptr);
  windows.offer("o4", at_rev(1), windows.mark("o4"));
  EXPECT_EQ(windows.committed("o2"), nullptr);
  EXPECT_NE(windows.committed("o1"), nullptr);
  EXPECT_EQ(windows.held().owners, 3U);
  EXPECT_LE(windows.held().bytes, 3 * bytes);
}

}  // namespace
}  // namespace weir::apps::task_feed
