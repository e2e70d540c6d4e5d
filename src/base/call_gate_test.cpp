#include "base/call_gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

namespace weir::base {
namespace {

TEST(CallGate, LetsCallsThroughUntilItIsClosed) {
  CallGate gate;
  int calls = 0;
  EXPECT_TRUE(gate.call([&] { ++calls; }));
  gate.close();
  EXPECT_TRUE(gate.closed());
  EXPECT_FALSE(gate.call([&] { ++calls; }));
  EXPECT_EQ(calls, 1);
}

TEST(CallGate, ClosingWaitsForTheCallThatIsUnderWay) {
  CallGate gate;
  std::promise<void> entered;
  std::promise<void> go_on;
  std::atomic<bool> left{false};
  std::thread caller([&] {
    gate.call([&] {
      entered.set_value();
      go_on.get_future().wait();
      left = true;
    });
  });
  entered.get_future().wait();
  std::thread closer([&] {
    gate.close();
    EXPECT_TRUE(left);
  });
  // Whether the closer waits already or comes later, it must find the call done.
  go_on.set_value();
  closer.join();
  caller.join();
}

TEST(CallGate, ClosingFromInsideItsOwnCallDoesNotWait) {
  CallGate gate;
  bool reached = false;
  gate.call([&] {
    gate.close();
    reached = true;
    EXPECT_FALSE(gate.call([] { FAIL(); }));
  });
  EXPECT_TRUE(reached);
}

TEST(CallGate, TwoCallsThatCloseEachOthersGatesDoNotWaitForEachOther) {
  CallGate first, second;
  std::promise<void> first_in, second_in;
  std::thread one([&] {
    first.call([&] {
      first_in.set_value();
      second_in.get_future().wait();
      second.close();
    });
  });
  std::thread two([&] {
    second.call([&] {
      second_in.set_value();
      first_in.get_future().wait();
      first.close();
    });
  });
  one.join();
  two.join();
  EXPECT_TRUE(first.closed());
  EXPECT_TRUE(second.closed());
}

TEST(CallGate, CanBeDestroyedAsSoonAsClosingReturns) {
  for (int round = 0; round < 1'000; ++round) {
    auto gate = std::make_unique<CallGate>();
    std::promise<void> entered;
    std::thread caller([&gate = *gate, &entered] { gate.call([&] { entered.set_value(); }); });
    entered.get_future().wait();
    gate->close();
    gate.reset();
    caller.join();
  }
}

TEST(CallGate, KnowsThatAThreadIsInsideACallOfAnyGate) {
  CallGate outer, inner;
  EXPECT_FALSE(CallGate::inside_a_call());
  outer.call([&] {
    inner.call([] { EXPECT_TRUE(CallGate::inside_a_call()); });
    EXPECT_TRUE(CallGate::inside_a_call());
  });
  EXPECT_FALSE(CallGate::inside_a_call());
}

}  // namespace
}  // namespace weir::base
