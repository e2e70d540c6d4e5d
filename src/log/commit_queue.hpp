#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>

#include "base/blocking_queue.hpp"
#include "log/log.hpp"

namespace weir::log {

/// A request with the bytes that it counts for until it is committed.
struct WaitingRequest {
  std::unique_ptr<CommitRequest> request;
  std::uint64_t bytes = 0;
};

/// Requests on their way to the log thread, bounded by bytes. Any thread submits; the log thread
/// takes.
class CommitQueue {
 public:
  explicit CommitQueue(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Completes the request with kPublishOverload or kDraining if it cannot be taken.
  void submit(std::unique_ptr<CommitRequest> request);
  /// Appends everything that waits to `waiting`.
  void take(std::deque<WaitingRequest>& waiting);
  /// So many bytes were committed, or refused.
  void release(std::uint64_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  void wait_for(std::chrono::milliseconds time) { queue_.wait_for(time); }
  void close() { queue_.close(); }
  bool closed() const { return queue_.closed(); }

  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  void set_bytes_max(std::uint64_t bytes) { bytes_max_.store(bytes, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> bytes_max_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> refused_{0};
  base::BlockingQueue<WaitingRequest> queue_;
};

}  // namespace weir::log
