#pragma once

#include <string_view>

namespace weir::proto {

/// The server's own topics: only it publishes to them, only admins follow them, and no pattern
/// matches them but one that names them, as MQTT has it of `$SYS`.
inline constexpr std::string_view kSystemTopic = "$weir";

/// Whether it is that name, or below it.
constexpr bool is_system_topic(std::string_view topic) {
  return topic.starts_with(kSystemTopic) &&
         (topic.size() == kSystemTopic.size() || topic[kSystemTopic.size()] == '/');
}

}  // namespace weir::proto
