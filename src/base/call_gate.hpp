#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace weir::base {

/// Lets calls through until it is closed, and lets who closes it wait for those that are under way:
/// between an object that one thread ends and calls that other threads make to it or for it. Any
/// thread; calls may run side by side.
///
/// `close` waits only where that cannot be a wait for itself: a thread that is inside a call of any
/// gate closes without waiting, so that two calls that close each other's gates do not wait for
/// each other. After such a close a call on another thread may still be finishing; none begins.
class CallGate {
 public:
  CallGate() = default;
  CallGate(const CallGate&) = delete;
  CallGate& operator=(const CallGate&) = delete;

  /// Runs `body` and returns true, or returns false if the gate is closed. `body` must not throw.
  template <typename Body>
  bool call(Body&& body) {
    {
      std::lock_guard lock(mutex_);
      if (closed_) return false;
      ++running_;
    }
    {
      const Mark mark;
      std::forward<Body>(body)();
    }
    // Under the lock: who waits may destroy the gate as soon as it has it.
    std::lock_guard lock(mutex_);
    if (--running_ == 0 && closed_) idle_.notify_all();
    return true;
  }

  /// No call begins from here on. Waits for those under way, unless this thread is inside a call.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    if (!inside_a_call()) idle_.wait(lock, [this] { return running_ == 0; });
  }

  bool closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }

  /// Whether this thread is inside a call of any gate, or inside a Mark.
  static bool inside_a_call() { return depth() > 0; }

  /// For its life this thread counts as inside a call: around calls that no gate guards.
  class Mark {
   public:
    Mark() { ++depth(); }
    ~Mark() { --depth(); }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
  };

 private:
  static std::size_t& depth() {
    thread_local std::size_t value = 0;
    return value;
  }

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t running_ = 0;
  bool closed_ = false;
};

}  // namespace weir::base
