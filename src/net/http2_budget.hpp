#pragma once

#include <algorithm>
#include <cstdint>

#include "base/check.hpp"

namespace weir::net {

/// How often a client may do what costs the server something and brings nobody anything: a token
/// bucket over the ticks of the shard's wheel. Shard thread only.
class Http2Budget {
 public:
  /// A full bucket; `per_second` comes back in a second of `ticks_per_second` ticks.
  Http2Budget(std::uint64_t burst, std::uint64_t per_second, std::uint64_t ticks_per_second)
      : burst_(burst), per_second_(per_second), ticks_per_second_(ticks_per_second), left_(burst) {
    WEIR_CHECK(ticks_per_second > 0, "a second has ticks");
  }

  /// False: there is none left, and the client is to be told to calm down.
  bool take(std::uint64_t tick) {
    if (tick > tick_) {
      const std::uint64_t due = (tick - tick_) * per_second_ / ticks_per_second_;
      // What is less than a token is kept for the next time.
      if (due > 0) {
        left_ = std::min(burst_, left_ + due);
        tick_ = tick;
      }
    }
    if (left_ == 0) return false;
    --left_;
    return true;
  }

  /// What the server sends lets the client answer.
  void earn(std::uint64_t tokens) { left_ = std::min(burst_, left_ + tokens); }

 private:
  std::uint64_t burst_;
  std::uint64_t per_second_;
  std::uint64_t ticks_per_second_;
  std::uint64_t left_;
  std::uint64_t tick_ = 0;
};

}  // namespace weir::net
