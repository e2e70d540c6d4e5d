#pragma once

#include <chrono>

#include "base/types.hpp"

namespace weir::base {

/// Where time comes from. Everything that measures or stamps takes a Clock, so that tests and the
/// simulation decide what time it is. Implementations may be called from any thread.
class Clock {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;

  /// Never goes back; for timeouts and durations.
  virtual Steady steady() const = 0;

  /// What the calendar says; may jump. For time stamps and expiry that outlive the process.
  virtual UnixMillis unix_millis() const = 0;
};

/// The machine's clocks. The object lives as long as the program.
const Clock& system_clock();

}  // namespace weir::base
