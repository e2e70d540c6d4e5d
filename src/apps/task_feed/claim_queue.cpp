#include "apps/task_feed/claim_queue.hpp"

#include <algorithm>
#include <utility>

namespace weir::apps::task_feed {

using End = ClaimWaiter::End;

void ClaimQueue::wait(ClaimWaiter waiter, std::size_t most) {
  if (closed_) return waiter.wake(End::kOver, {});
  if (waiting_.size() >= most) {
    metrics_.claims_refused.add();
    return waiter.wake(End::kRefused, {});
  }
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
  waiter.wake(End::kOffered, owner);
}

void ClaimQueue::leave(std::uint64_t id) {
  waiting_.remove_if([id](const auto& each) { return each.id == id; });
  count();
}

void ClaimQueue::give_up(base::Clock::Steady now) {
  std::list<ClaimWaiter> over;
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    const auto next = std::next(each);
    if (closed_ || each->until <= now) over.splice(over.end(), waiting_, each);
    each = next;
  }
  count();
  for (const auto& each : over) each.wake(End::kOver, {});
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
