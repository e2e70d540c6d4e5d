#include "log/commit_queue.hpp"

#include <iterator>

namespace weir::log {

void CommitQueue::submit(std::unique_ptr<CommitRequest> request) {
  const std::uint64_t bytes = request->bytes();
  const auto before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
  // One request always fits, however large.
  if (before != 0 && before + bytes > bytes_max_.load(std::memory_order_relaxed)) {
    release(bytes);
    refused_.fetch_add(1, std::memory_order_relaxed);
    request->complete(base::make_error(base::ErrorCode::kPublishOverload));
    return;
  }
  WaitingRequest waiting{std::move(request), bytes};
  if (queue_.push(std::move(waiting))) return;
  release(bytes);
  waiting.request->complete(base::make_error(base::ErrorCode::kDraining));
}

void CommitQueue::take(std::deque<WaitingRequest>& waiting) {
  auto taken = queue_.take_all();
  if (waiting.empty()) {
    waiting = std::move(taken);
    return;
  }
  waiting.insert(waiting.end(), std::make_move_iterator(taken.begin()),
                 std::make_move_iterator(taken.end()));
}

}  // namespace weir::log
