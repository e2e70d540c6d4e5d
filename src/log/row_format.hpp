#pragma once

#include <cstdint>

namespace weir::log {

// Stored; never renumber.
inline constexpr std::uint8_t kRowVersion = 1;

/// Which optional fields of an event follow.
enum RowField : std::uint8_t {
  kHasType = 1,
  kHasId = 2,
  kHasKey = 4,
  kHasExpiry = 8,
  kHasRetry = 16,
  kHasSeveralTopics = 32,
};
inline constexpr std::uint8_t kAllRowFields = 63;

}  // namespace weir::log
