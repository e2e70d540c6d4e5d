#pragma once

#include <cstdint>

namespace weir::log {

// Stored; never renumber.
/// The version that a row needs is the one that is written: an older program reads what it knows.
inline constexpr std::uint8_t kRowVersion = 1;
inline constexpr std::uint8_t kRowVersionWithTraces = 2;

/// Which optional fields of an event follow.
enum RowField : std::uint8_t {
  kHasType = 1,
  kHasId = 2,
  kHasKey = 4,
  kHasExpiry = 8,
  kHasRetry = 16,
  kHasSeveralTopics = 32,
  kHasTrace = 64,  ///< Since version 2.
};
inline constexpr std::uint8_t kAllRowFields = 127;

}  // namespace weir::log
