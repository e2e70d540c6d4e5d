#include "apps/task_feed/claim_queue.hpp"

#include <algorithm>
#include <utility>

namespace weir::apps::task_feed {

void ClaimQueue::wait(ClaimWaiter waiter, std::size_t most) {
  if (closed_ || waiting_.size() >= most) return waiter.wake(false);
  waiting_.push_back(std::move(waiter));
  count();
}

void ClaimQueue::offer(const std::string& owner) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& each) {
    return each.owner.empty() || each.owner == owner;
  });
  if (found == waiting_.end()) return;
  const auto waiter = std::move(*found);
  waiting_.erase(found);
  count();
  waiter.wake(true);
}

void ClaimQueue::give_up(base::Clock::Steady now) {
  std::list<ClaimWaiter> over;
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    const auto next = std::next(each);
    if (closed_ || each->until <= now) over.splice(over.end(), waiting_, each);
    each = next;
  }
  count();
  for (const auto& each : over) each.wake(false);
}

void ClaimQueue::close() {
  closed_ = true;
  give_up({});
}

std::optional<base::Clock::Steady> ClaimQueue::due() const {
  const auto first =
      std::min_element(waiting_.begin(), waiting_.end(),
                       [](const auto& a, const auto& b) { return a.until < b.until; });
  if (first == waiting_.end()) return std::nullopt;
  return first->until;
}

}  // namespace weir::apps::task_feed
