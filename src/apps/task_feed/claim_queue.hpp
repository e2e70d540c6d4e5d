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
  /// How a wait ends.
  enum class End {
    kOffered,  ///< There is a task of `owner`'s, of which no other waiter was told.
    kAgain,    ///< There may be one; whoever else waits has heard of it.
    kOver,     ///< There is none in time, or nobody may wait any more.
    kRefused,  ///< As many wait as may.
  };

  std::uint64_t id;           ///< By which it can leave.
  std::string owner;          ///< Empty: anybody's task will do.
  base::Clock::Steady until;  ///< Then it gives up.
  /// Called once, unless it leaves.
  std::function<void(End end, const std::string& owner)> wake;
};

/// Workers that found nothing to do, in the order in which they came: a task that is offered wakes
/// the first that wants it. One thread.
class ClaimQueue {
 public:
  explicit ClaimQueue(Metrics& metrics) : metrics_(metrics) {}

  /// One that there is no room for is refused at once.
  void wait(ClaimWaiter waiter, std::size_t most);
  /// A task of this owner's is there to be taken.
  void offer(const std::string& owner);
  /// One has gone, and is not called any more.
  void leave(std::uint64_t id);
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
