#include "apps/notifications/quiet_hours.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "base/logging.hpp"

namespace weir::apps::notifications {
namespace {

/// Null for a name that is none. The library reports that by an exception.
const date::time_zone* zone_named(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

}  // namespace

bool is_time_zone(const std::string& name) { return zone_named(name) != nullptr; }

std::optional<std::uint32_t> parse_minute(std::string_view text) {
  const auto digit = [&](std::size_t at) { return static_cast<std::uint32_t>(text[at] - '0'); };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t at : {0, 1, 3, 4}) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
  }
  const auto hour = digit(0) * 10 + digit(1);
  const auto minute = digit(3) * 10 + digit(4);
  if (hour > 23 || minute > 59) return std::nullopt;
  return hour * 60 + minute;
}

std::optional<base::UnixMillis> quiet_until(const QuietHours& hours, base::UnixMillis now) {
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  const auto* const zone = zone_named(hours.time_zone);
  if (zone == nullptr) {
    base::log_warning("notifications.time_zone_unknown", "time_zone=\"{}\"", hours.time_zone);
    return std::nullopt;
  }
  const date::sys_time<milliseconds> moment{milliseconds(now)};
  const auto local = zone->to_local(moment);
  const auto today = date::floor<date::days>(local);
  const minutes from(hours.from_minute);
  const minutes to(hours.to_minute);
  const auto since_midnight = local - today;
  const bool over_midnight = from > to;
  const bool evening = since_midnight >= from;
  const bool morning = since_midnight < to;
  const bool quiet = over_midnight ? evening || morning : evening && morning;
  if (!quiet) return std::nullopt;
  const auto end = today + (over_midnight && evening ? date::days(1) : date::days(0)) + to;
  const auto ends = zone->to_sys(end, date::choose::latest);
  return std::chrono::duration_cast<milliseconds>(ends.time_since_epoch()).count();
}

}  // namespace weir::apps::notifications
