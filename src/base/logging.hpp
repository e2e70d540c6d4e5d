#pragma once

// The server's log: one line per change of state, never per event. A line is an event name followed
// by keys: `log_info("shard.started", "shard={} listen=\"{}\"", 0, address)`. Any thread. What may
// be said again and again goes through a RecurringLine (log_line.hpp).

#include <fmt/format.h>

#include <string_view>

namespace weir::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

/// Sets how lines are written from now on, to standard error: as text, or as one JSON object a line
/// with `time`, `level`, `event` and a member for each key. Until the first call only warnings and
/// errors are written.
void configure_logging(LogLevel level, bool json);

bool log_enabled(LogLevel level);
void write_log(LogLevel level, std::string_view event, std::string_view keys);

template <typename... Args>
void log_at(LogLevel level, std::string_view event, fmt::format_string<Args...> format,
            Args&&... args) {
  if (!log_enabled(level)) return;
  write_log(level, event, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void log_info(std::string_view event, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::kInfo, event, format, std::forward<Args>(args)...);
}

template <typename... Args>
void log_warning(std::string_view event, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::kWarning, event, format, std::forward<Args>(args)...);
}

template <typename... Args>
void log_error(std::string_view event, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::kError, event, format, std::forward<Args>(args)...);
}

}  // namespace weir::base
