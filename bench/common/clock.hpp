#pragma once

#include <time.h>

#include <cstdint>

namespace weir::bench {

// Nanoseconds on the monotonic clock. The payloads carry these, so both ends of a latency are taken
// by the same clock of the same process.
inline int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

inline int64_t seconds_to_ns(double seconds) { return static_cast<int64_t>(seconds * 1e9); }
inline double ns_to_seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

}  // namespace weir::bench
