#include "proto/rfc3339.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/ascii.hpp"

namespace weir::proto {
namespace {

using base::is_digit;

/// Reads a text from left to right; after the first thing that is not as expected nothing matches
/// any more.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  /// Exactly `digits` decimal digits.
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!ok_ || rest_.empty() || !is_digit(rest_.front())) return fail();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  /// One of the characters.
  char one_of(std::string_view characters) {
    if (!ok_ || rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  /// An optional fraction of a second, in milliseconds.
  int milliseconds() {
    if (!ok_ || !rest_.starts_with('.')) return 0;
    rest_.remove_prefix(1);
    if (rest_.empty() || !is_digit(rest_.front())) return fail();
    int value = 0;
    for (int unit = 100; !rest_.empty() && is_digit(rest_.front()); unit /= 10) {
      value += (rest_.front() - '0') * unit;
      rest_.remove_prefix(1);
    }
    return value;
  }

  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::optional<base::UnixMillis> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  const int year = scan.number(4);
  scan.one_of("-");
  const int month = scan.number(2);
  scan.one_of("-");
  const int day = scan.number(2);
  scan.one_of("Tt");
  const int hour = scan.number(2);
  scan.one_of(":");
  const int minute = scan.number(2);
  scan.one_of(":");
  const int second = scan.number(2);
  const int millisecond = scan.milliseconds();
  int offset_minutes = 0;
  if (const char zone = scan.one_of("Zz+-"); zone == '+' || zone == '-') {
    const int hours = scan.number(2);
    scan.one_of(":");
    const int minutes = scan.number(2);
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset_minutes = (hours * 60 + minutes) * (zone == '-' ? -1 : 1);
  }
  if (!scan.at_end() || hour > 23 || minute > 59 || second > 60) return std::nullopt;

  const std::chrono::year_month_day date(std::chrono::year{year},
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  const std::chrono::milliseconds time =
      std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
      std::chrono::minutes(minute - offset_minutes) + std::chrono::seconds(second) +
      std::chrono::milliseconds(millisecond);
  if (time.count() < 0) return std::nullopt;
  return time.count();
}

std::string format_rfc3339(base::UnixMillis time) {
  using std::chrono::days;
  using std::chrono::milliseconds;
  const std::chrono::sys_time<milliseconds> point{milliseconds(time)};
  const auto midnight = std::chrono::floor<days>(point);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(point - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace weir::proto
