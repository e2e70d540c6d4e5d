#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace weir::hub {

/// How many events a subscriber with a highest rate may get now. On average it is the rate; at
/// once, at most one and what the rate allows in `kBurst`. One thread.
class Pace {
 public:
  /// What is missed because a tick comes late is made up for, up to this.
  static constexpr std::chrono::milliseconds kBurst{100};

  /// Events a second, more than 0.
  explicit Pace(double rate) : rate_(rate), allowed_(most()) {}

  std::size_t allowance(base::Clock::Steady now) {
    const std::chrono::duration<double> passed = now - since_;
    since_ = now;
    allowed_ = std::min(most(), allowed_ + passed.count() * rate_);
    return static_cast<std::size_t>(allowed_ + kRounding);
  }
  void spend(std::size_t events) { allowed_ -= static_cast<double>(events); }

  /// After an `allowance` of none: how long until it is one.
  std::chrono::milliseconds wait() const {
    return std::chrono::ceil<std::chrono::milliseconds>(
        std::chrono::duration<double>((1 - allowed_) / rate_));
  }

  bool waiting = false;   ///< A timer is set for when it may go on.
  bool sweeping = false;  ///< Conflating: all that waits counts as one until the head is reached.

 private:
  static constexpr double kRounding = 1e-6;

  double most() const { return 1 + rate_ * std::chrono::duration<double>(kBurst).count(); }

  double rate_;
  double allowed_;
  base::Clock::Steady since_{};
};

}  // namespace weir::hub
