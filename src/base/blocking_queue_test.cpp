#include "base/blocking_queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace weir::base {
namespace {

TEST(BlockingQueue, HandsOutItemsInOrderToAThreadThatWaits) {
  BlockingQueue<std::unique_ptr<int>> queue;
  std::thread sender([&] {
    for (int i = 0; i < 100; ++i) queue.push(std::make_unique<int>(i));
    queue.close();
  });
  int expected = 0;
  while (auto item = queue.pop()) EXPECT_EQ(**item, expected++);
  EXPECT_EQ(expected, 100);
  sender.join();
}

TEST(BlockingQueue, AClosedQueueGivesWhatItHoldsAndLeavesRefusedItemsAlone) {
  BlockingQueue<std::unique_ptr<int>> queue;
  EXPECT_TRUE(queue.push(std::make_unique<int>(1)));
  queue.close();
  auto refused = std::make_unique<int>(2);
  EXPECT_FALSE(queue.push(std::move(refused)));
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(queue.take_all().size(), 1u);
  EXPECT_FALSE(queue.pop());
  EXPECT_FALSE(queue.try_pop());
}

TEST(BlockingQueue, WaitingEndsWithAnItemOrTheClose) {
  BlockingQueue<int> queue;
  std::thread sender([&] { queue.push(1); });
  queue.wait_for(std::chrono::hours(1));
  EXPECT_EQ(queue.try_pop(), 1);
  sender.join();
  std::thread closer([&] { queue.close(); });
  queue.wait_for(std::chrono::hours(1));
  EXPECT_TRUE(queue.closed());
  closer.join();
}

}  // namespace
}  // namespace weir::base
