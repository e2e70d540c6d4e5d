#include "proto/publish_json.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "proto/event_time.hpp"
#include "proto/json_reader.hpp"
#include "proto/rfc3339.hpp"
#include "proto/trace_context.hpp"

namespace weir::proto {
namespace {

using enum base::ErrorCode;

constexpr std::size_t kDepthMax = 64;

/// An event while its members arrive in any order, the last of each name counting.
struct Draft {
  Event event;
  std::optional<std::string> topic;
  std::optional<std::vector<std::string>> topics;
};

base::Error wrong(std::string_view name, std::string_view must_be) {
  return base::make_error(kBadEvent, fmt::format("\"{}\" must be {}", name, must_be));
}

base::Result<> read_topics(JsonReader& reader, Draft& draft) {
  draft.topics.reset();
  if (reader.peek() != '[') {
    auto value = reader.value();
    if (!value) return value.error();
    if (!value->is_null()) return wrong("topics", "an array of strings");
    return {};
  }
  auto& topics = draft.topics.emplace();
  reader.take('[');
  if (reader.take(']')) return wrong("topics", "not empty");
  for (;;) {
    auto value = reader.value();
    if (!value) return value.error();
    auto* text = std::get_if<std::string>(&value->content);
    if (text == nullptr) return wrong("topics", "an array of strings");
    topics.push_back(std::move(*text));
    const auto more = reader.more(']');
    if (!more) return more.error();
    if (!*more) return {};
  }
}

base::Result<> set_topic(Draft& draft, JsonValue& value) {
  draft.topic.reset();
  if (value.is_null()) return {};
  auto* text = std::get_if<std::string>(&value.content);
  if (text == nullptr) return wrong("topic", "a string");
  draft.topic = std::move(*text);
  return {};
}

base::Result<> set_text(std::string& out, std::string_view name, JsonValue& value) {
  out.clear();
  if (value.is_null()) return {};
  auto* text = std::get_if<std::string>(&value.content);
  if (text == nullptr) return wrong(name, "a string");
  out = std::move(*text);
  return {};
}

base::Result<> set_flag(Draft& draft, EventFlag flag, std::string_view name,
                        const JsonValue& value) {
  const bool* set = std::get_if<bool>(&value.content);
  if (set == nullptr && !value.is_null()) return wrong(name, "true or false");
  draft.event.flags = static_cast<std::uint8_t>(draft.event.flags & ~flag);
  if (set != nullptr && *set) draft.event.flags |= flag;
  return {};
}

/// The bytes of a value that is not a string are forwarded as they are: writing it anew would
/// change it.
base::Result<> set_data(Draft& draft, JsonValue& value) {
  if (auto* text = std::get_if<std::string>(&value.content)) {
    draft.event.data = std::move(*text);
  } else {
    draft.event.data = value.bytes;
  }
  return {};
}

base::Result<> set_retry(Draft& draft, const JsonValue& value) {
  draft.event.retry_ms.reset();
  if (value.is_null()) return {};
  const auto* number = std::get_if<std::int64_t>(&value.content);
  if (number == nullptr || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
    return wrong("retry", "a whole number of milliseconds, from 0 to 4294967295");
  }
  draft.event.retry_ms = static_cast<std::uint32_t>(*number);
  return {};
}

base::Result<> set_ttl(Draft& draft, const JsonValue& value) {
  draft.event.ttl_ms = 0;
  if (value.is_null()) return {};
  double seconds = 0;
  if (const auto* integer = std::get_if<std::int64_t>(&value.content)) {
    seconds = static_cast<double>(*integer);
  } else if (const auto* real = std::get_if<double>(&value.content)) {
    seconds = *real;
  }
  const auto milliseconds = ttl_milliseconds(seconds);
  if (!milliseconds) return wrong("ttl", kTtlRule);
  draft.event.ttl_ms = *milliseconds;
  return {};
}

base::Result<> set_time(Draft& draft, const JsonValue& value) {
  draft.event.time = 0;
  if (value.is_null()) return {};
  std::optional<base::UnixMillis> time;
  if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
    time = *number;
  } else if (const auto* text = std::get_if<std::string>(&value.content)) {
    time = parse_rfc3339(*text);
  }
  if (!time || !is_event_time(*time)) return wrong("time", kTimeRule);
  draft.event.time = *time;
  return {};
}

/// One that is not valid is ignored, as the header is (W3C Trace Context, 3.2).
base::Result<> set_trace(Draft& draft, const JsonValue& value) {
  draft.event.trace.clear();
  if (value.is_null()) return {};
  const auto* text = std::get_if<std::string>(&value.content);
  if (text == nullptr) return wrong("traceparent", "a string");
  if (const auto trace = parse_traceparent(*text)) draft.event.trace = pack_trace(*trace);
  return {};
}

base::Result<> set_member(Draft& draft, std::string_view name, JsonValue& value) {
  if (name == "topic") return set_topic(draft, value);
  if (name == "data") return set_data(draft, value);
  if (name == "event") return set_text(draft.event.type, name, value);
  if (name == "id") return set_text(draft.event.id, name, value);
  if (name == "key") return set_text(draft.event.key, name, value);
  if (name == "retry") return set_retry(draft, value);
  if (name == "ttl") return set_ttl(draft, value);
  if (name == "time") return set_time(draft, value);
  if (name == "traceparent") return set_trace(draft, value);
  if (name == "private") return set_flag(draft, kPrivate, name, value);
  if (name == "ephemeral") return set_flag(draft, kEphemeral, name, value);
  if (name == "close") return set_flag(draft, kTerminal, name, value);
  return base::make_error(kBadEvent, fmt::format("\"{}\" is not a member of a publish", name));
}

base::Result<> read_members(JsonReader& reader, Draft& draft) {
  if (reader.take('}')) return {};
  for (;;) {
    auto name = reader.name();
    if (!name) return name.error();
    if (*name == "topics") {
      if (auto read = read_topics(reader, draft); !read) return read;
    } else {
      auto value = reader.value();
      if (!value) return value.error();
      if (auto set = set_member(draft, *name, *value); !set) return set;
    }
    const auto more = reader.more('}');
    if (!more) return more.error();
    if (!*more) return {};
  }
}

base::Result<Event> read_event(JsonReader& reader, const EventLimits& limits) {
  if (!reader.take('{')) {
    if (auto value = reader.value(); !value) return value.error();
    return base::make_error(kBadEvent, "a publish must be a JSON object");
  }
  Draft draft;
  if (auto read = read_members(reader, draft); !read) return read.error();
  if (draft.topic && draft.topics) {
    return base::make_error(kBadEvent, "\"topic\" and \"topics\" exclude each other");
  }
  if (draft.topic) draft.event.topics.push_back(std::move(*draft.topic));
  if (draft.topics) draft.event.topics = std::move(*draft.topics);
  if (auto valid = validate(draft.event, limits); !valid) return valid.error();
  return std::move(draft.event);
}

base::Result<std::vector<Event>> read_events(JsonReader& reader, const EventLimits& limits) {
  std::vector<Event> events;
  reader.take('[');
  if (reader.take(']')) return base::make_error(kBadEvent, "an array of no events");
  for (;;) {
    auto event = read_event(reader, limits);
    if (!event) {
      base::Error error = event.error();
      error.detail = fmt::format("event {}: {}", events.size() + 1, error.detail);
      return error;
    }
    events.push_back(std::move(*event));
    const auto more = reader.more(']');
    if (!more) return more.error();
    if (!*more) break;
  }
  if (auto end = reader.expect_end(); !end) return end.error();
  return events;
}

}  // namespace

base::Result<Event> parse_publish_json(std::string_view text, const EventLimits& limits) {
  JsonReader reader(text, kDepthMax - 1);
  auto event = read_event(reader, limits);
  if (!event) return event;
  if (auto end = reader.expect_end(); !end) return end.error();
  return event;
}

base::Result<std::vector<Event>> parse_publish_body(std::string_view text,
                                                    const EventLimits& limits) {
  if (JsonReader reader(text, kDepthMax - 2); reader.peek() == '[') {
    return read_events(reader, limits);
  }
  auto event = parse_publish_json(text, limits);
  if (!event) return event.error();
  std::vector<Event> events;
  events.push_back(std::move(*event));
  return events;
}

}  // namespace weir::proto
