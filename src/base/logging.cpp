#include "base/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "base/log_line.hpp"

namespace weir::base {
namespace {

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})";

struct State {
  State() : logger(spdlog::stderr_color_mt("weir")) {
    logger->set_level(spdlog::level::warn);
    logger->set_pattern(kTextPattern);
  }

  std::shared_ptr<spdlog::logger> logger;
  std::atomic<bool> json{false};  // Reloaded while others write.
};

State& state() {
  static State instance;
  return instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      break;
  }
  return spdlog::level::off;
}

}  // namespace

void configure_logging(LogLevel level, bool json) {
  auto& s = state();
  s.json = json;
  s.logger->set_level(to_spdlog(level));
  s.logger->set_pattern(json ? kJsonPattern : kTextPattern);
}

bool log_enabled(LogLevel level) { return state().logger->should_log(to_spdlog(level)); }

void write_log(LogLevel level, std::string_view event, std::string_view keys) {
  auto& s = state();
  if (s.json) {
    const auto members = log_json(keys);
    s.logger->log(to_spdlog(level), R"("event":"{}"{}{})", event, members.empty() ? "" : ",",
                  members);
  } else {
    s.logger->log(to_spdlog(level), "{} {}", event, log_text(keys));
  }
}

}  // namespace weir::base
