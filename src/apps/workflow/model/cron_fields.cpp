#include "apps/workflow/model/cron_fields.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/refusal.hpp"

namespace weir::apps::workflow {
namespace {

using base::Result;

constexpr std::int64_t kMinutesOfDay = 24 * 60;

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames = {
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"}}};

/// What a field may hold.
struct FieldKind {
  std::string_view name;
  int least;
  int most;
  std::span<const std::string_view> names = {};  ///< Of the values from `least` on.
};

constexpr std::array<FieldKind, 5> kFields = {{{"minute", 0, 59},
                                               {"hour", 0, 23},
                                               {"day of the month", 1, 31},
                                               {"month", 1, 12, kMonths},
                                               {"day of the week", 0, 7, kWeekdays}}};

/// One field while it is read. Values are marked in `values`.
class FieldReader {
 public:
  FieldReader(const FieldKind& kind, std::string_view text) : kind_(kind), text_(text) {}

  Result<> run() {
    for (std::string_view rest = text_;;) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (auto read = part(rest.substr(0, comma)); !read) return read;
      if (comma == rest.size()) return {};
      rest.remove_prefix(comma + 1);
    }
  }

  std::bitset<60> values;

 private:
  base::Error wrong_field(std::string_view what) const {
    return base::bad_request(fmt::format("the {}: {} in \"{}\"", kind_.name, what, text_));
  }

  /// `*`, a value or a range, with or without a step.
  Result<> part(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto range = text.substr(0, slash);
    int first = kind_.least;
    // Where both 0 and 7 are Sunday, `*` means each once.
    int last = kind_.names.size() == kWeekdays.size() ? 6 : kind_.most;
    if (range != "*") {
      const std::size_t dash = range.find('-');
      const auto begin = value(range.substr(0, dash));
      if (!begin) return begin.error();
      first = *begin;
      // A value with a step goes on to the end, as in cronie.
      if (dash != std::string_view::npos) {
        const auto end = value(range.substr(dash + 1));
        if (!end) return end.error();
        last = *end;
      } else if (slash == std::string_view::npos) {
        last = first;
      }
      if (last < first) return wrong_field("a range that goes backwards");
    }
    int step = 1;
    if (slash != std::string_view::npos) {
      const auto number = digits(text.substr(slash + 1));
      if (!number || *number == 0) return wrong_field("a step that is no number above 0");
      step = *number;
    }
    for (int each = first; each <= last; each += step) values.set(static_cast<std::size_t>(each));
    return {};
  }

  Result<int> value(std::string_view text) const {
    for (std::size_t i = 0; i < kind_.names.size(); ++i) {
      if (base::equal_ignoring_case(text, kind_.names[i])) return kind_.least + static_cast<int>(i);
    }
    const auto number = digits(text);
    if (!number) return wrong_field(text.empty() ? "a value is missing" : "an unknown value");
    if (*number < kind_.least || *number > kind_.most) {
      return wrong_field(
          fmt::format("{} is not within {} to {}", *number, kind_.least, kind_.most));
    }
    return *number;
  }

  static std::optional<int> digits(std::string_view text) {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    const bool good = read.ec == std::errc() && read.ptr == end && number >= 0 && number < 1000 &&
                      !text.starts_with('-');
    return good ? std::optional(number) : std::nullopt;
  }

  const FieldKind& kind_;
  std::string_view text_;
};

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    if (text.empty()) return found;
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    found.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

template <std::size_t N>
void copy_bits(const std::bitset<60>& from, std::bitset<N>& to) {
  for (std::size_t i = 0; i < N; ++i) to.set(i, from.test(i));
}

/// The first set bit at or after `from`; -1 if there is none.
template <std::size_t N>
int next_bit(const std::bitset<N>& bits, std::int64_t from) {
  for (auto i = static_cast<std::size_t>(from); i < N; ++i) {
    if (bits.test(i)) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

Result<CronFields> CronFields::parse(std::string_view text) {
  auto parts = words(text);
  if (parts.size() == 1 && parts.front().starts_with('@')) {
    std::string_view meaning;
    for (const auto& [nickname, schedule] : kNicknames) {
      if (base::equal_ignoring_case(parts.front(), nickname)) meaning = schedule;
    }
    if (meaning.empty()) {
      return base::bad_request(
          fmt::format("there is no \"{}\"; there are @hourly, @daily, @midnight, @weekly, "
                      "@monthly, @yearly and @annually",
                      parts.front()));
    }
    parts = words(meaning);
  }
  if (parts.size() != kFields.size()) {
    return base::bad_request(
        fmt::format("a schedule has five fields (minute, hour, day of the month, month, day "
                    "of the week), and this one has {}",
                    parts.size()));
  }
  std::array<std::bitset<60>, 5> values;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    FieldReader reader(kFields[i], parts[i]);
    if (auto read = reader.run(); !read) return read.error();
    values[i] = reader.values;
  }
  CronFields fields;
  fields.minutes = values[0];
  copy_bits(values[1], fields.hours);
  copy_bits(values[2], fields.days);
  copy_bits(values[3], fields.months);
  copy_bits(values[4], fields.weekdays);
  if (values[4].test(7)) fields.weekdays.set(0);
  fields.every_hour = parts[1].starts_with('*');
  fields.every_day = parts[2].starts_with('*');
  fields.every_weekday = parts[4].starts_with('*');
  return fields;
}

bool CronFields::on_day(std::int64_t day) const {
  const date::sys_days when{date::days(day)};
  const date::year_month_day parts(when);
  if (!months.test(static_cast<unsigned>(parts.month()))) return false;
  const bool of_month = days.test(static_cast<unsigned>(parts.day()));
  const bool of_week = weekdays.test(date::weekday(when).c_encoding());
  return every_day || every_weekday ? of_month && of_week : of_month || of_week;
}

std::optional<std::int64_t> CronFields::next(std::int64_t from, std::int64_t end) const {
  std::int64_t minute = from;
  while (minute < end) {
    // Rounded down: west of Greenwich the first hours of 1970 are of 1969.
    const std::int64_t day =
        (minute < 0 ? minute + 1 : minute) / kMinutesOfDay - (minute < 0 ? 1 : 0);
    const std::int64_t in_day = minute - day * kMinutesOfDay;
    const int hour = on_day(day) ? next_bit(hours, in_day / 60) : -1;
    if (hour >= 0) {
      // In a later hour, from its beginning.
      const bool later = hour > in_day / 60;
      const int found = next_bit(minutes, later ? 0 : in_day % 60);
      minute = day * kMinutesOfDay + hour * 60 + (found < 0 ? 60 : found);
      if (found >= 0) return minute < end ? std::optional(minute) : std::nullopt;
    } else {
      minute = (day + 1) * kMinutesOfDay;
    }
  }
  return std::nullopt;
}

}  // namespace weir::apps::workflow
