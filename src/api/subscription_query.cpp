#include "api/subscription_query.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>

#include "proto/json.hpp"
#include "proto/rfc3339.hpp"

namespace weir::api {
namespace {

constexpr std::uint32_t kHeartbeatMax = 3600;
constexpr std::uint32_t kLastMax = 1'000'000;

}  // namespace

base::Result<std::uint32_t> read_number(const Call& call, std::string_view name,
                                        std::uint32_t least, std::uint32_t most,
                                        std::uint32_t absent) {
  const auto text = call.target().get(name);
  if (!text) return absent;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < least ||
      number > most) {
    return base::make_error(
        base::ErrorCode::kBadRequest,
        fmt::format("{} takes a whole number from {} to {}", name, least, most));
  }
  return number;
}

hub::Start start_of(std::string_view cursor, std::uint32_t last) {
  using Kind = hub::Start::Kind;
  if (cursor == "earliest") return {Kind::kEarliest, 0, {}};
  if (cursor == "latest") return {Kind::kLatest, 0, {}};
  if (!cursor.empty()) return {Kind::kCursor, 0, std::string(cursor)};
  if (last > 0) return {Kind::kLast, last, {}};
  return {};
}

base::Result<hub::Start> read_start(const Call& call) {
  std::string_view cursor = call.header("Last-Event-ID");
  for (const auto* name : {"lastEventId", "last_event_id", "after"}) {
    if (cursor.empty()) cursor = call.target().get(name).value_or(std::string_view{});
  }
  if (!cursor.empty()) return start_of(cursor, 0);
  const auto last = read_number(call, "last", 0, kLastMax, 0);
  if (!last) return last.error();
  return start_of({}, *last);
}

base::Result<std::uint32_t> read_heartbeat_ticks(const Call& call) {
  constexpr auto kTicksPerSecond = std::chrono::seconds(1) / hub::Shard::kTick;
  const auto seconds = read_number(call, "heartbeat", 1, kHeartbeatMax, 0);
  if (!seconds) return seconds.error();
  return static_cast<std::uint32_t>(*seconds * kTicksPerSecond);
}

std::string welcome_json(const hub::Hub& hub, const hub::Shard& shard, std::string_view client_id) {
  return fmt::format(R"({{"type":"connected","client_id":{},"timestamp":"{}","cursor":"{}"}})",
                     proto::json_string(client_id),
                     proto::format_rfc3339(hub.clock().unix_millis()),
                     proto::to_string(shard.head_cursor()));
}

bool accepts_event_stream(const Call& call) {
  return call.head().headers.accepts("text/event-stream");
}

bool prefers_json(const Call& call) {
  const auto& headers = call.head().headers;
  return headers.preference("application/json") > headers.preference("text/event-stream");
}

}  // namespace weir::api
