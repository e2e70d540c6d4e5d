#include "api/subscription_query.hpp"

#include <fmt/format.h>

#include <string>

#include "api/query_number.hpp"
#include "proto/json.hpp"
#include "proto/rfc3339.hpp"

namespace weir::api {
namespace {

constexpr std::uint32_t kHeartbeatMax = 3600;
constexpr std::uint32_t kLastMax = 1'000'000;

}  // namespace

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
  const auto last = query_number(call, "last", 0, kLastMax, 0);
  if (!last) return last.error();
  return start_of({}, *last);
}

base::Result<hub::Start> read_start(const Call& call, const Opening& opening) {
  if (opening.start) return *opening.start;
  return read_start(call);
}

base::Result<std::uint32_t> read_heartbeat_ticks(const Call& call) {
  constexpr auto kTicksPerSecond = std::chrono::seconds(1) / hub::Shard::kTick;
  const auto seconds = query_number(call, "heartbeat", 1, kHeartbeatMax, 0);
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
