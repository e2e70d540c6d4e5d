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
    queue.wait({owner, clock.steady() + seconds(time),
                [this, name](bool again) { woken.push_back(name + (again ? "!" : "")); }},
               3);
  }

  base::ManualClock clock;
  Metrics metrics;
  ClaimQueue queue{metrics};
  std::vector<std::string> woken;
};

TEST_F(ClaimQueueTest, ATaskWakesTheFirstThatWantsIt) {
  wait("bob's", "bob");
  wait("any", "");
  wait("alice's", "alice");
  queue.offer("alice");
  EXPECT_THAT(woken, ElementsAre("any!"));
  queue.offer("alice");
  queue.offer("alice");
  EXPECT_THAT(woken, ElementsAre("any!", "alice's!"));
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

TEST_F(ClaimQueueTest, OneTooManyIsSentHomeAtOnce) {
  for (const auto* name : {"1", "2", "3"}) wait(name, "");
  EXPECT_THAT(woken, IsEmpty());
  wait("4", "");
  EXPECT_THAT(woken, ElementsAre("4"));
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
