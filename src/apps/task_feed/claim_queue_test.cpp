#include "apps/task_feed/claim_queue.hpp"

#include <gmock/gmock.h>

#include "base/testing/manual_clock.hpp"

namespace weir::apps::task_feed {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ClaimQueueTest : public testing::Test {
 protected:
  void wait(const std::string& name, const std::string& owner, int time = 10) {
    using enum ClaimWaiter::End;
    queue.wait(
        {++last, owner, clock.steady() + seconds(time),
         [this, name](ClaimWaiter::End end, const std::string& of) {
           woken.push_back(name + (end == kOffered ? "!" + of : end == kRefused ? " refused" : ""));
         }},
        3);
  }

  base::ManualClock clock;
  Metrics metrics;
  ClaimQueue queue{metrics};
  std::vector<std::string> woken;
  std::uint64_t last = 0;
};

TEST_F(ClaimQueueTest, ATaskWakesTheFirstThatWantsIt) {
  wait("bob's", "bob");
  wait("any", "");
  wait("alice's", "alice");
  queue.offer("alice");
  EXPECT_THAT(woken, ElementsAre("any!alice"));
  queue.offer("alice");
  queue.offer("alice");
  EXPECT_THAT(woken, ElementsAre("any!alice", "alice's!alice"));
  EXPECT_EQ(metrics.waiting.get(), 1U);
}

TEST_F(ClaimQueueTest, WhoWaitsTooLongGivesUp) {
  wait("short", "", 1);
  wait("long", "", 2);
  EXPECT_EQ(queue.due(), clock.steady() + seconds(1));
  clock.advance(seconds(1));
  queue.give_up(clock.steady());
  EXPECT_THAT(woken, ElementsAre("short"));
  EXPECT_EQ(queue.due(), clock.steady() + seconds(1));
}

TEST_F(ClaimQueueTest, OneThatHasLeftTakesNoTaskAlong) {
  wait("gone", "");
  wait("here", "");
  queue.leave(1);
  queue.leave(17);
  EXPECT_EQ(metrics.waiting.get(), 1U);
  queue.offer("alice");
  EXPECT_THAT(woken, ElementsAre("here!alice"));
}

TEST_F(ClaimQueueTest, OneTooManyIsRefusedAtOnce) {
  for (const auto* name : {"1", "2", "3"}) wait(name, "");
  EXPECT_THAT(woken, IsEmpty());
  wait("4", "");
  EXPECT_THAT(woken, ElementsAre("4 refused"));
  EXPECT_EQ(metrics.claims_refused.get(), 1U);
}

TEST_F(ClaimQueueTest, NobodyWaitsOnceItIsClosed) {
  wait("before", "");
  queue.close();
  wait("after", "");
  EXPECT_THAT(woken, ElementsAre("before", "after"));
  EXPECT_FALSE(queue.due());
}

}  // namespace
}  // namespace weir::apps::task_feed
