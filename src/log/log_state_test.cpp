#include "log/log_state.hpp"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

namespace weir::log {
namespace {

TEST(LogState, FloorsHaveNoLowerVersionThanThoseBefore) {
  LogState state;
  const auto none = state.floors.get();
  state.set_floors({3}, {{"a", {5}}});
  const auto some = state.settled_floors();
  EXPECT_GT(some->version, none->version);
  EXPECT_EQ(some->all.value, 3u);
  EXPECT_EQ(some->topics.at("a").value, 5u);
}

TEST(LogState, AReaderThatMayHaveMissedVanishedRowsGetsTheFloorsThatTellOfThem) {
  for (int round = 0; round < 200; ++round) {
    LogState state;
    std::promise<void> erased;
    base::Sequence heard;
    std::thread reader([&] {
      erased.get_future().wait();
      heard = state.settled_floors()->all;
    });
    {
      const Erasure erasure(state);
      erased.set_value();
      state.set_floors({7}, {});
    }
    reader.join();
    ASSERT_EQ(heard.value, 7u);
  }
}

}  // namespace
}  // namespace weir::log
