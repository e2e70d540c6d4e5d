#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace weir::base {

/// Work from any thread for one or several threads that may sleep. Where the receiver is an event
/// loop, use Mailbox. Any thread may call everything; who has taken the last item or found it
/// closed may destroy it, because nothing is touched after the lock is let go.
template <typename Item>
class BlockingQueue {
 public:
  /// False, and the item is left as it was, when the queue has been closed.
  bool push(Item&& item) {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }

  /// Waits for an item; none when the queue is closed and empty.
  std::optional<Item> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return closed_ || !items_.empty(); });
    return take_front();
  }

  /// The oldest item, if there is one now.
  std::optional<Item> try_pop() {
    std::lock_guard lock(mutex_);
    return take_front();
  }

  /// Returns when there is an item, the queue is closed, or the time is over.
  void wait_for(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, time, [this] { return closed_ || !items_.empty(); });
  }

  /// Everything that waits, in order.
  std::deque<Item> take_all() {
    std::lock_guard lock(mutex_);
    return std::exchange(items_, {});
  }

  /// Refuses further items; those inside can still be taken. Wakes everybody.
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    filled_.notify_all();
  }

  bool closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  std::optional<Item> take_front() {
    if (items_.empty()) return std::nullopt;
    std::optional<Item> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Item> items_;
  bool closed_ = false;
};

}  // namespace weir::base
