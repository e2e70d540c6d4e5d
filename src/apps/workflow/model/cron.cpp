#include "apps/workflow/model/cron.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "apps/workflow/model/cron_fields.hpp"
#include "base/check.hpp"

namespace weir::apps::workflow {
namespace {

using base::UnixMillis;
using Minutes = std::chrono::minutes;

constexpr UnixMillis kMillisOfMinute = 60'000;
// A schedule fires within eight years (29 February, around 2100) or never, plus what clocks add.
constexpr std::int64_t kHorizonMinutes = 9LL * 366 * 24 * 60;
constexpr UnixMillis kFirst = 0;                   // Of 1970.
constexpr UnixMillis kLast = 221'845'392'000'000;  // The year 9000.

std::int64_t floor_minutes(std::chrono::seconds seconds) {
  return std::chrono::floor<Minutes>(seconds).count();
}

}  // namespace

struct CronSchedule::Compiled {
  std::string text;
  std::string zone_name;
  const date::time_zone* zone = nullptr;  ///< Of the library's table, which stays.
  CronFields fields;

  /// By the time that passes: whatever minutes the clock shows. -1: not before the horizon.
  UnixMillis next_elapsed(UnixMillis after) const;
  /// Once for every time that the schedule names.
  UnixMillis next_named(UnixMillis after) const;
  UnixMillis next(UnixMillis after) const {
    return fields.every_hour ? next_elapsed(after) : next_named(after);
  }
};

UnixMillis CronSchedule::Compiled::next_elapsed(UnixMillis after) const {
  const UnixMillis horizon = after + kHorizonMinutes * kMillisOfMinute;
  // The first minute of the zone's clock behind `after`, from one change of the clock to the next.
  UnixMillis from = after + 1;
  while (from < horizon) {
    const auto at = date::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(from));
    const auto info = zone->get_info(std::chrono::floor<std::chrono::seconds>(at));
    const auto offset = info.offset;
    const auto local_of = [&](UnixMillis time) { return std::chrono::milliseconds(time) + offset; };
    const auto first = std::chrono::ceil<Minutes>(local_of(from)).count();
    const auto change = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::min(info.end.time_since_epoch(), std::chrono::seconds(horizon / 1000 + 1)));
    const auto end = std::chrono::ceil<Minutes>(local_of(change.count())).count();
    if (const auto minute = fields.next(first, end)) {
      return std::chrono::duration_cast<std::chrono::milliseconds>(Minutes(*minute) - offset)
          .count();
    }
    from = change.count();
  }
  return -1;
}

UnixMillis CronSchedule::Compiled::next_named(UnixMillis after) const {
  const auto at = date::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(after));
  const auto now = std::chrono::floor<std::chrono::seconds>(at);
  const std::int64_t first = floor_minutes(now.time_since_epoch() + zone->get_info(now).offset);
  const std::int64_t end = first + kHorizonMinutes;
  for (auto minute = fields.next(first, end); minute; minute = fields.next(*minute + 1, end)) {
    const auto local = date::local_seconds(Minutes(*minute));
    const auto info = zone->get_info(local);
    // A time that is skipped comes when the skip is over; one that repeats comes first in the hour
    // before the change.
    const auto when = info.result == date::local_info::nonexistent
                          ? info.first.end.time_since_epoch()
                          : local.time_since_epoch() - info.first.offset;
    const UnixMillis time = std::chrono::milliseconds(when).count();
    if (time > after) return time;
  }
  return -1;
}

base::Result<CronSchedule> CronSchedule::parse(std::string_view text, std::string_view zone) {
  const auto wrong = [](std::string message) {
    return base::make_error(base::ErrorCode::kBadRequest, std::move(message));
  };
  if (text.size() > kBytesMax) return wrong(fmt::format("longer than {} bytes", kBytesMax));
  auto fields = CronFields::parse(text);
  if (!fields) return fields.error();
  auto compiled = std::make_shared<Compiled>();
  compiled->text = text;
  compiled->zone_name = zone;
  compiled->fields = *fields;
  try {
    compiled->zone = date::locate_zone(zone.empty() ? "UTC" : std::string(zone));
    if (compiled->next(kFirst) < 0) return wrong("this day never comes");
  } catch (const std::exception&) {
    // The library throws for an unknown name, and where the system has no table at all.
    return wrong(fmt::format("\"{}\" is no time zone that this system knows", zone));
  }
  CronSchedule schedule;
  schedule.compiled_ = std::move(compiled);
  return schedule;
}

UnixMillis CronSchedule::next(UnixMillis after) const {
  const UnixMillis time = compiled_->next(std::clamp(after, kFirst - 1, kLast));
  WEIR_CHECK(time >= 0, "a schedule that comes to pass once does so again");
  return time;
}

const std::string& CronSchedule::text() const { return compiled_->text; }
const std::string& CronSchedule::zone() const { return compiled_->zone_name; }

}  // namespace weir::apps::workflow
