#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace weir::base {

/// The keys of a line as text: on one line, whatever they hold. Control characters become `\xNN`,
/// so that nobody who is quoted in a log can write lines of his own.
std::string log_text(std::string_view keys);

/// The same as members of a JSON object, without its braces: `shard=0 url="a b"` becomes
/// `"shard":0,"url":"a b"`. A value is a number where it is written like one in JSON. Text that is
/// no list of keys is the member `message`. Always valid JSON: invalid UTF-8 becomes U+FFFD.
std::string log_json(std::string_view keys);

/// Holds back a line that is said again and again: it is due when its words differ from those of
/// the last time, or after 30 s. For one line at one place; one thread.
class RecurringLine {
 public:
  static constexpr std::chrono::seconds kEvery{30};

  explicit RecurringLine(const Clock& clock = system_clock()) : clock_(&clock) {}

  /// Whether to write it now; if so, `held_back` is how often it was not since the last time.
  bool due(std::string_view words);
  std::uint64_t held_back() const { return said_held_back_; }

 private:
  const Clock* clock_;
  std::string words_;
  Clock::Steady said_{};
  bool ever_ = false;
  std::uint64_t held_back_ = 0;
  std::uint64_t said_held_back_ = 0;
};

}  // namespace weir::base
