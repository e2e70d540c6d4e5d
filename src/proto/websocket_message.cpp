#include "proto/websocket_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <variant>

#include "proto/json_reader.hpp"

namespace weir::proto {
namespace {

using enum base::ErrorCode;

constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kIdBytesMax = 128;
constexpr std::uint32_t kHeartbeatMax = 3600;
constexpr std::uint32_t kLastMax = 1'000'000;

enum Member : std::uint16_t {
  kType = 1,
  kId = 2,
  kTopics = 4,
  kMatch = 8,
  kAfter = 16,
  kLast = 32,
  kHeartbeat = 64,
  kCredit = 128,
  kSub = 256,
  kCount = 512,
  kEvent = 1024,
  kFilter = 2048,
  kFields = 4096,
  kMaxRate = 8192,
  kConflate = 16384,
};

struct MemberName {
  std::string_view name;
  Member member;
};
constexpr std::array kMembers{MemberName{"type", kType},
                              MemberName{"id", kId},
                              MemberName{"topics", kTopics},
                              MemberName{"match", kMatch},
                              MemberName{"after", kAfter},
                              MemberName{"last", kLast},
                              MemberName{"heartbeat", kHeartbeat},
                              MemberName{"credit", kCredit},
                              MemberName{"sub", kSub},
                              MemberName{"count", kCount},
                              MemberName{"event", kEvent},
                              MemberName{"filter", kFilter},
                              MemberName{"fields", kFields},
                              MemberName{"max_rate", kMaxRate},
                              MemberName{"conflate", kConflate}};

/// What a request of each type must and may have, beside `type` and `id`.
struct Shape {
  std::string_view name;
  ClientMessage::Type type;
  unsigned required;
  unsigned allowed;
};
constexpr std::array kShapes{
    Shape{"subscribe", ClientMessage::Type::kSubscribe, 0,
          kTopics | kMatch | kAfter | kLast | kHeartbeat | kCredit | kFilter | kFields | kMaxRate |
              kConflate},
    Shape{"unsubscribe", ClientMessage::Type::kUnsubscribe, kSub, kSub},
    Shape{"ack", ClientMessage::Type::kAck, kSub | kCount, kSub | kCount},
    Shape{"publish", ClientMessage::Type::kPublish, kEvent, kEvent},
    Shape{"ping", ClientMessage::Type::kPing, 0, 0},
};

base::Error wrong(std::string_view name, std::string_view must_be) {
  return base::make_error(kBadRequest, fmt::format("\"{}\" must be {}", name, must_be));
}

std::string_view name_of(unsigned members) {
  for (const auto& each : kMembers) {
    if ((each.member & members) != 0) return each.name;
  }
  return {};
}

base::Result<> read_names(JsonReader& reader, std::string_view name,
                          std::vector<std::string>& out) {
  out.clear();
  if (!reader.take('[')) {
    if (auto value = reader.value(); !value) return value.error();
    return wrong(name, "an array of strings");
  }
  if (reader.take(']')) return {};
  for (;;) {
    auto value = reader.value();
    if (!value) return value.error();
    auto* text = std::get_if<std::string>(&value->content);
    if (text == nullptr) return wrong(name, "an array of strings");
    out.push_back(std::move(*text));
    const auto more = reader.more(']');
    if (!more) return more.error();
    if (!*more) return {};
  }
}

base::Result<std::uint32_t> read_number(const JsonValue& value, std::string_view name,
                                        std::uint32_t least, std::uint32_t most) {
  const auto* number = std::get_if<std::int64_t>(&value.content);
  if (number == nullptr || *number < least || *number > most) {
    return wrong(name, fmt::format("a whole number from {} to {}", least, most));
  }
  return static_cast<std::uint32_t>(*number);
}

base::Result<> set_id(ClientMessage& out, const JsonValue& value) {
  const bool fits =
      value.bytes.size() <= kIdBytesMax && (std::holds_alternative<std::string>(value.content) ||
                                            std::holds_alternative<std::int64_t>(value.content));
  if (!fits) return wrong("id", "a short string or a whole number");
  out.id = value.bytes;
  return {};
}

base::Result<> set_type(ClientMessage& out, const JsonValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.content)) {
    for (const auto& shape : kShapes) {
      if (shape.name != *text) continue;
      out.type = shape.type;
      return {};
    }
  }
  return wrong("type", "subscribe, unsubscribe, ack, publish or ping");
}

base::Result<> set_text(std::string& out, std::string_view name, JsonValue& value) {
  auto* text = std::get_if<std::string>(&value.content);
  if (text == nullptr) return wrong(name, "a string");
  out = std::move(*text);
  return {};
}

base::Result<> set_number(ClientMessage& out, Member member, std::string_view name,
                          const JsonValue& value) {
  constexpr auto kAny = std::numeric_limits<std::uint32_t>::max();
  const std::uint32_t least = member == kSub ? 0 : 1;
  const std::uint32_t most = member == kHeartbeat ? kHeartbeatMax
                             : member == kLast    ? kLastMax
                                                  : kAny;
  const auto number = read_number(value, name, least, most);
  if (!number) return number.error();
  switch (member) {
    case kLast:
      out.last = *number;
      break;
    case kHeartbeat:
      out.heartbeat = *number;
      break;
    case kCredit:
      out.credit = *number;
      break;
    case kSub:
      out.sub = *number;
      break;
    default:
      out.count = *number;
      break;
  }
  return {};
}

base::Result<> read_member(JsonReader& reader, ClientMessage& out, Member member,
                           std::string_view name) {
  if (member == kTopics) return read_names(reader, name, out.topics);
  if (member == kMatch) return read_names(reader, name, out.match);
  auto value = reader.value();
  if (!value) return value.error();
  switch (member) {
    case kId:
      return set_id(out, *value);
    case kType:
      return set_type(out, *value);
    case kAfter:
      return set_text(out.after, name, *value);
    case kFilter:
      return set_text(out.filter.emplace(), name, *value);
    case kFields:
      return set_text(out.fields.emplace(), name, *value);
    case kConflate:
      return set_text(out.conflate.emplace(), name, *value);
    case kMaxRate:
      out.max_rate = value->bytes;
      return {};
    case kEvent:
      out.event = value->bytes;
      return {};
    default:
      return set_number(out, member, name, *value);
  }
}

base::Result<> check_shape(const ClientMessage& message, unsigned seen) {
  if ((seen & kType) == 0) return wrong("type", "there");
  for (const auto& shape : kShapes) {
    if (shape.type != message.type) continue;
    if (const auto missing = shape.required & ~seen) {
      return base::make_error(kBadRequest,
                              fmt::format("{} needs \"{}\"", shape.name, name_of(missing)));
    }
    if (const auto other = seen & ~(shape.allowed | kType | kId)) {
      return base::make_error(kBadRequest,
                              fmt::format("{} takes no \"{}\"", shape.name, name_of(other)));
    }
  }
  return {};
}

}  // namespace

base::Result<> parse_client_message(std::string_view text, ClientMessage& out) {
  JsonReader reader(text, kDepthMax - 1);
  if (!reader.take('{')) {
    if (auto value = reader.value(); !value) return value.error();
    return base::make_error(kBadRequest, "a message is a JSON object");
  }
  unsigned seen = 0;
  for (bool more = !reader.take('}'); more;) {
    auto name = reader.name();
    if (!name) return name.error();
    const auto* known = std::find_if(kMembers.begin(), kMembers.end(),
                                     [&](const auto& each) { return each.name == *name; });
    if (known == kMembers.end()) {
      return base::make_error(kBadRequest, fmt::format("\"{}\" is not known", *name));
    }
    // Whoever looks at messages on their way could take another one than we do (RFC 8259, 4).
    if ((seen & known->member) != 0) {
      return base::make_error(kBadRequest, fmt::format("\"{}\" comes twice", *name));
    }
    if (auto read = read_member(reader, out, known->member, *name); !read) return read;
    seen |= known->member;
    const auto next = reader.more('}');
    if (!next) return next.error();
    more = *next;
  }
  if (auto end = reader.expect_end(); !end) return end;
  return check_shape(out, seen);
}

}  // namespace weir::proto
