#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::server {

// The texts of Linux's /proc as numbers (proc(5)). Pure functions; nothing where a text is not what
// it should be.

/// Time of all processors together since the machine started, in ticks.
struct CpuTimes {
  std::uint64_t busy = 0;
  std::uint64_t total = 0;  ///< Idle and waiting for the disk included.
  std::uint32_t cores = 0;
};
std::optional<CpuTimes> parse_stat(std::string_view text);

/// How busy the processors were between two readings, in percent of all of them; 0 if no time has
/// passed.
double busy_percent(const CpuTimes& before, const CpuTimes& after);

struct Memory {
  std::uint64_t total_bytes = 0;
  std::uint64_t used_bytes = 0;  ///< What could not be had without swapping: total less available.
};
std::optional<Memory> parse_meminfo(std::string_view text);

/// Processes that run or want to, averaged.
struct Load {
  double one_minute = 0;
  double five_minutes = 0;
  double fifteen_minutes = 0;
};
std::optional<Load> parse_loadavg(std::string_view text);

/// Bytes through all interfaces but the loopback, since they came up.
struct Traffic {
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
};
std::optional<Traffic> parse_net_dev(std::string_view text);

/// Bytes per second between two readings of a counter; 0 if it went back (an interface went away)
/// or no time passed.
double rate_per_second(std::uint64_t before, std::uint64_t after, double seconds);

}  // namespace weir::server
