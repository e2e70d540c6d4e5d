#include "proto/event.hpp"

#include <fmt/format.h>

#include "proto/utf8.hpp"

namespace weir::proto {
namespace {

using enum base::ErrorCode;

/// Types of events that only the server makes begin with this.
constexpr std::string_view kPresenceTypes = "presence.";

/// The offset of the first control character (C0, DEL, C1) of well-formed UTF-8, or npos. C1 is
/// U+0080 to U+009F, that is 0xC2 followed by 0x80 to 0x9F; 0xC2 only ever leads.
std::size_t find_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return i;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return i;
  }
  return std::string_view::npos;
}

/// A type or an id becomes one line of an event stream.
base::Result<> validate_line(std::string_view name, std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return base::make_error(kBadEvent, fmt::format("{} is longer than {} bytes", name, bytes_max));
  }
  constexpr std::string_view kForbidden("\r\n\0", 3);
  if (text.find_first_of(kForbidden) != std::string_view::npos) {
    return base::make_error(kBadEvent, fmt::format("{} holds CR, LF or NUL", name));
  }
  if (!is_utf8(text)) return base::make_error(kBadEvent, fmt::format("{} is not UTF-8", name));
  return {};
}

}  // namespace

std::size_t Event::bytes() const {
  std::size_t total = sizeof(Event) + type.size() + data.size() + id.size() + key.size();
  for (const auto& topic : topics) total += sizeof(std::string) + topic.size();
  return total;
}

base::Result<> validate_topic(std::string_view topic) {
  if (topic.empty()) return base::make_error(kBadTopic, "it is empty");
  if (topic.size() > kTopicBytesMax) {
    return base::make_error(kBadTopic, fmt::format("it is longer than {} bytes", kTopicBytesMax));
  }
  if (!is_utf8(topic)) return base::make_error(kBadTopic, "it is not UTF-8");
  if (const auto at = find_control(topic); at != std::string_view::npos) {
    return base::make_error(kBadTopic, fmt::format("it holds a control character at byte {}", at));
  }
  return {};
}

base::Result<> validate(const Event& event, const EventLimits& limits) {
  if (event.topics.empty()) return base::make_error(kBadTopic, "an event needs a topic");
  if (event.topics.size() > limits.topics_max) {
    return base::make_error(kTooManyTopics, fmt::format("{} topics, at most {} are accepted",
                                                        event.topics.size(), limits.topics_max));
  }
  for (const auto& topic : event.topics) {
    if (auto valid = validate_topic(topic); !valid) return valid;
  }
  if (auto valid = validate_line("the type", event.type, kTypeBytesMax); !valid) return valid;
  // Whoever reads one must be able to believe it.
  if (event.type.starts_with(kPresenceTypes)) {
    return base::make_error(
        kBadEvent,
        fmt::format("types that begin with \"{}\" are the server's own", kPresenceTypes));
  }
  if (auto valid = validate_line("the id", event.id, kIdBytesMax); !valid) return valid;
  if (event.key.size() > kKeyBytesMax) {
    return base::make_error(kBadEvent,
                            fmt::format("the key is longer than {} bytes", kKeyBytesMax));
  }
  if (event.has(kEphemeral) && event.has(kTerminal)) {
    return base::make_error(kBadEvent, "an ephemeral event cannot close its topics");
  }
  if (event.data.size() > limits.data_bytes_max) {
    return base::make_error(kEventTooLarge,
                            fmt::format("its data has {} bytes, at most {} are accepted",
                                        event.data.size(), limits.data_bytes_max));
  }
  return {};
}

}  // namespace weir::proto
