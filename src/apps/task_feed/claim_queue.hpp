#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "apps/task_feed/metrics.hpp"
#include "base/clock.hpp"

namespace weir::apps::task_feed {

/// A worker that waits for a task.
struct ClaimWaiter {
  std::string owner;          ///< Empty: anybody's task will do.
  base::Clock::Steady until;  ///< Then it gives up.
  /// Called once, with whether it is worth asking again.
  std::function<void(bool again)> wake;
};

/// Workers that found nothing to do, in the order in which they came: a task that is offered wakes
/// the first that wants it. One thread.
class ClaimQueue {
 public:
  explicit ClaimQueue(Metrics& metrics) : metrics_(metrics) {}

  /// One that there is no room for is woken at once, in vain.
  void wait(ClaimWaiter waiter, std::size_t most);
  /// A task of this owner's is there to be taken.
  void offer(const std::string& owner);
  void give_up(base::Clock::Steady now);
  /// Nobody waits any more, from now on.
  void close();
  std::optional<base::Clock::Steady> due() const;

 private:
  void count() { metrics_.waiting.set(waiting_.size()); }

  Metrics& metrics_;
  std::list<ClaimWaiter> waiting_;
  bool closed_ = false;
};

}  // namespace weir::apps::task_feed
