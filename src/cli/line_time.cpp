#include "cli/line_time.hpp"

#include <array>
#include <ctime>

#include "base/ascii.hpp"

namespace weir::cli {
namespace {

using base::is_digit;
using base::UnixMillis;

constexpr UnixMillis kDayMillis = 86'400'000;

/// Takes what it expects off the front of a text, or fails and stays where it is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_any(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_text(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  /// Exactly `count` digits.
  bool take_digits(std::size_t count, int& value) {
    if (rest_.size() < count) return false;
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return false;
      number = number * 10 + (rest_[i] - '0');
    }
    value = number;
    rest_.remove_prefix(count);
    return true;
  }
  /// A fraction's digits as milliseconds; the finer ones are cut off.
  int take_fraction() {
    int millis = 0;
    for (int weight = 100; !rest_.empty() && is_digit(rest_.front()); weight /= 10) {
      millis += weight * (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return millis;
  }
  bool at_word_end() const {
    if (rest_.empty()) return true;
    const char c = rest_.front();
    return !is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '.';
  }
  char peek(std::size_t at = 0) const { return at < rest_.size() ? rest_[at] : '\0'; }

 private:
  std::string_view rest_;
};

bool take_clock(Scanner& in, std::tm& tm) {
  return in.take_digits(2, tm.tm_hour) && in.take(':') && in.take_digits(2, tm.tm_min) &&
         in.take(':') && in.take_digits(2, tm.tm_sec) && tm.tm_hour < 24 && tm.tm_min < 60 &&
         tm.tm_sec <= 60;
}

/// The moment, or nothing for a day that does not exist.
std::optional<UnixMillis> to_millis(std::tm tm, bool utc) {
  const int day = tm.tm_mday;
  const int month = tm.tm_mon;
  tm.tm_isdst = -1;
  const std::time_t seconds = utc ? ::timegm(&tm) : std::mktime(&tm);
  // A leap second may carry over midnight; else a changed day means that it was none.
  const bool moved = tm.tm_mon != month || tm.tm_mday != day;
  if (moved && tm.tm_sec != 0) return std::nullopt;
  if (day < 1 || month < 0 || month > 11 || (moved && tm.tm_hour != 0)) return std::nullopt;
  return static_cast<UnixMillis>(seconds) * 1'000;
}

/// "Z", "+02:00", " +0200"; nothing if no zone stands there. A zone that is out of range counts as
/// none.
std::optional<UnixMillis> take_zone(Scanner& in) {
  if (in.take_any("Zz")) return 0;
  if (in.peek() == ' ' && (in.peek(1) == '+' || in.peek(1) == '-') && is_digit(in.peek(2)))
    in.take(' ');
  const char sign = in.peek();
  int hours = 0;
  int minutes = 0;
  if (!in.take_any("+-") || !in.take_digits(2, hours)) return std::nullopt;
  in.take(':');
  in.take_digits(2, minutes);
  if (hours > 14 || minutes > 59) return std::nullopt;
  const UnixMillis offset = (hours * 60 + minutes) * 60'000;
  return sign == '-' ? -offset : offset;
}

std::optional<UnixMillis> iso_time(Scanner in) {
  std::tm tm{};
  int year = 0;
  int month = 0;
  if (!in.take_digits(4, year)) return std::nullopt;
  const char separator = in.peek();
  if (!in.take_any("-/") || !in.take_digits(2, month) || !in.take(separator) ||
      !in.take_digits(2, tm.tm_mday) || !in.take_any("Tt ") || !take_clock(in, tm)) {
    return std::nullopt;
  }
  tm.tm_year = year - 1900;
  tm.tm_mon = month - 1;
  const int millis = in.take_any(".,") ? in.take_fraction() : 0;
  const auto zone = take_zone(in);
  const auto moment = to_millis(tm, zone.has_value());
  if (!moment) return std::nullopt;
  return *moment + millis - zone.value_or(0);
}

std::optional<UnixMillis> syslog_time(Scanner in, UnixMillis now) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm tm{};
  tm.tm_mon = -1;
  for (std::size_t i = 0; i < kMonths.size() && tm.tm_mon < 0; ++i) {
    if (in.take_text(kMonths[i])) tm.tm_mon = static_cast<int>(i);
  }
  if (tm.tm_mon < 0 || !in.take(' ')) return std::nullopt;
  const bool padded = in.take(' ');
  if (!in.take_digits(padded ? 1 : 2, tm.tm_mday) || !in.take(' ') || !take_clock(in, tm)) {
    return std::nullopt;
  }
  const std::time_t seconds = static_cast<std::time_t>(now / 1'000);
  std::tm today{};
  ::localtime_r(&seconds, &today);
  // A line of December that is read in January is of last year; 29 February may be four years back.
  for (int back = -1; back < 8; ++back) {
    tm.tm_year = today.tm_year - back;
    const auto moment = to_millis(tm, false);
    if (moment && *moment <= now + kDayMillis) return moment;
  }
  return std::nullopt;
}

std::optional<UnixMillis> epoch_time(Scanner in) {
  int high = 0;
  int low = 0;
  // Ten digits from 2001 to 2286; int holds nine.
  if (in.peek() == '0' || !in.take_digits(5, high) || !in.take_digits(5, low)) return std::nullopt;
  const UnixMillis seconds = static_cast<UnixMillis>(high) * 100'000 + low;
  int millis = 0;
  if (in.peek() == '.' && is_digit(in.peek(1))) {
    in.take('.');
    millis = in.take_fraction();
  } else if (is_digit(in.peek()) && !in.take_digits(3, millis)) {
    return std::nullopt;
  }
  if (!in.at_word_end()) return std::nullopt;
  return seconds * 1'000 + millis;
}

}  // namespace

std::optional<UnixMillis> line_time(std::string_view line, UnixMillis now) {
  Scanner in(line);
  in.take('[');
  if (const auto time = iso_time(in)) return time;
  if (const auto time = syslog_time(in, now)) return time;
  return epoch_time(in);
}

}  // namespace weir::cli
