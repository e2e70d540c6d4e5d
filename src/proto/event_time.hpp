#pragma once

// What an event's `ttl` and `time` may be, however they are written.

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/types.hpp"

namespace weir::proto {

inline constexpr const char* kTtlRule = "a number of seconds, above 0 and below 4294967";
inline constexpr const char* kTimeRule =
    "milliseconds since 1970 or an RFC 3339 date and time, until the year 9999";

/// Rounded up: a very short life is not an endless one. Nothing if it breaks kTtlRule.
inline std::optional<std::uint32_t> ttl_milliseconds(double seconds) {
  const double milliseconds = std::ceil(seconds * 1000);
  if (!(milliseconds > 0) || milliseconds > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(milliseconds);
}

inline bool is_event_time(base::UnixMillis time) {
  constexpr base::UnixMillis kTimeMax = 253'402'300'799'999;  // The end of the year 9999.
  return time >= 0 && time <= kTimeMax;
}

}  // namespace weir::proto
