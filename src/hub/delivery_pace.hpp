#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

#include "base/clock.hpp"

namespace weir::hub {

/// How long a shard's deliveries take, for the log thread to decide whether a commit should wait
/// for company. A batch costs one write per subscriber however many events it holds; where that
/// takes milliseconds, and batches follow each other closely, a moment's wait halves the writes.
///
/// One thread notes, any thread asks.
class DeliveryPace {
 public:
  void note(base::Clock::Steady began, base::Clock::Steady ended) {
    took_.store(ended - began, std::memory_order_relaxed);
    ended_.store(ended, std::memory_order_relaxed);
  }

  /// A fraction of what the last delivery took; nothing if the shard has been at rest for longer
  /// than that, so that a single event never waits.
  std::chrono::microseconds patience(base::Clock::Steady now) const {
    const auto took = took_.load(std::memory_order_relaxed);
    if (took < kWorthIt || now - ended_.load(std::memory_order_relaxed) > took) return {};
    return std::chrono::duration_cast<std::chrono::microseconds>(
        std::min<base::Clock::Steady::duration>(took / kFraction, kPatienceMax));
  }

 private:
  static constexpr std::chrono::microseconds kWorthIt{400};
  static constexpr std::chrono::microseconds kPatienceMax{1000};
  static constexpr int kFraction = 8;

  std::atomic<base::Clock::Steady::duration> took_{};
  std::atomic<base::Clock::Steady> ended_{};
};

}  // namespace weir::hub
