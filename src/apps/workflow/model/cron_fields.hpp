#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace weir::apps::workflow {

/// The five fields of a schedule of crontab(5), without a zone.
struct CronFields {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;     ///< Of the month, from 1.
  std::bitset<13> months;   ///< From 1.
  std::bitset<7> weekdays;  ///< From Sunday.
  // Whether the field begins with `*`.
  bool every_hour = false;
  bool every_day = false;
  bool every_weekday = false;

  /// kBadRequest that names the field.
  static base::Result<CronFields> parse(std::string_view text);

  /// Whether it fires on the day, counted from 1970-01-01. Of a day of the month and a day of the
  /// week that are both restricted either will do; where one begins with `*`, both must hold.
  bool on_day(std::int64_t day) const;
  /// The first minute at or after `from` at which it fires, and before `end`, if there is one.
  /// Minutes are counted from the beginning of 1970 on the clock of its zone.
  std::optional<std::int64_t> next(std::int64_t from, std::int64_t end) const;
};

}  // namespace weir::apps::workflow
