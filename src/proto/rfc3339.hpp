#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"

namespace weir::proto {

/// Reads a date-time of RFC 3339, such as `2024-05-01T12:00:00.25+02:00`, of the years 1970 to
/// 9999. What is finer than a millisecond is cut off; a leap second is the first moment of the next
/// minute. Nothing if it is not one.
std::optional<base::UnixMillis> parse_rfc3339(std::string_view text);

/// `2024-05-01T10:00:00.250Z`; `time` lies in the years 0 to 9999.
std::string format_rfc3339(base::UnixMillis time);

}  // namespace weir::proto
