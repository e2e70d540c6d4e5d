#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"

namespace weir::apps::notifications {

/// A part of every day, in a time zone of the IANA database, in which nobody is to be disturbed.
/// It may go over midnight.
struct QuietHours {
  std::uint32_t from_minute = 0;  ///< Of the day.
  std::uint32_t to_minute = 0;    ///< The first that is not quiet any more.
  std::string time_zone;
};

bool is_time_zone(const std::string& name);

/// `22:30` as minutes of the day.
std::optional<std::uint32_t> parse_minute(std::string_view text);

/// When they end, if they hold at `now`. Where clocks are changed, by what the zone's clocks say:
/// an end that they skip is the moment at which they skip it, one that they show twice the later
/// one. Nothing if the zone is not known here any more.
std::optional<base::UnixMillis> quiet_until(const QuietHours& hours, base::UnixMillis now);

}  // namespace weir::apps::notifications
