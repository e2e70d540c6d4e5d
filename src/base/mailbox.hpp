#pragma once

#include <deque>
#include <functional>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace weir::base {

/// Messages from any thread to one. The receiver is woken when the mailbox turns from empty to
/// filled, so a burst costs one wake-up; it then takes everything at once, in the order of posting.
///
/// `post` may be called from any thread, `drain` from the receiver's only. `wake` must be callable
/// from any thread, must not block and must not call back into the mailbox.
template <typename Message>
class Mailbox {
 public:
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Message message) {
    bool was_empty;
    {
      std::lock_guard lock(mutex_);
      was_empty = inbox_.empty();
      inbox_.push_back(std::move(message));
    }
    if (was_empty) wake_();
  }

  /// Hands every message that waits now to `handle`, oldest first. What arrives meanwhile has woken
  /// the receiver again and is left for then, so that a busy sender cannot keep it here. A call
  /// from inside `handle` goes on with the next message, so the order holds however calls nest.
  template <typename Handle>
  void drain(Handle&& handle) {
    {
      std::lock_guard lock(mutex_);
      taken_.insert(taken_.end(), std::make_move_iterator(inbox_.begin()),
                    std::make_move_iterator(inbox_.end()));
      inbox_.clear();
    }
    while (!taken_.empty()) {
      Message message = std::move(taken_.front());
      taken_.pop_front();
      handle(std::move(message));
    }
  }

 private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<Message> inbox_;
  std::deque<Message> taken_;  // The receiver's own; no lock.
};

}  // namespace weir::base
