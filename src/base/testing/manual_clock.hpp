#pragma once

#include <chrono>

#include "base/clock.hpp"

namespace weir::base {

/// A clock that stands still until a test moves it. One thread.
class ManualClock final : public Clock {
 public:
  Steady steady() const override { return Steady(std::chrono::milliseconds(now_)); }
  UnixMillis unix_millis() const override { return kStart + now_; }

  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

  /// 2026-01-01T00:00:00Z.
  static constexpr UnixMillis kStart = 1'767'225'600'000;

 private:
  std::int64_t now_ = 0;
};

}  // namespace weir::base
