#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::base {

/// "250ms", "15s", "10m", "24h", "7d"; "0" needs no unit. kBadRequest for anything else or
/// overflow.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that divides it, so that reading it back gives the same.
std::string format_duration(std::chrono::milliseconds duration);

/// "512", "64KiB", "4MiB", "8GiB" (powers of 1024; KB, MB, GB are powers of 1000).
Result<std::uint64_t> parse_bytes(std::string_view text);
/// In the largest power of 1024 that divides it.
std::string format_bytes(std::uint64_t bytes);

}  // namespace weir::base
