#include "base/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace weir::base {
namespace {

struct State {
  State() : logger(spdlog::stderr_color_mt("weir")) {
    logger->set_level(spdlog::level::warn);
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  }

  std::shared_ptr<spdlog::logger> logger;
  bool json = false;
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

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

void configure_logging(LogLevel level, bool json) {
  auto& s = state();
  s.json = json;
  s.logger->set_level(to_spdlog(level));
  if (json) s.logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
}

bool log_enabled(LogLevel level) { return state().logger->should_log(to_spdlog(level)); }

void write_log(LogLevel level, std::string_view event, std::string_view keys) {
  auto& s = state();
  if (s.json) {
    s.logger->log(to_spdlog(level), R"("event":"{}","keys":"{}")", event, json_escaped(keys));
  } else {
    s.logger->log(to_spdlog(level), "{} {}", event, keys);
  }
}

}  // namespace weir::base
