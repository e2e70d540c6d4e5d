#include "api/subscription_query.hpp"

#include <string>

#include "api/query_number.hpp"

namespace weir::api {
namespace {

constexpr std::uint32_t kLastMax = 1'000'000;

}  // namespace

base::Result<hub::Start> read_start(const Call& call) {
  using Kind = hub::Start::Kind;
  std::string_view cursor = call.header("Last-Event-ID");
  for (const auto* name : {"lastEventId", "last_event_id", "after"}) {
    if (cursor.empty()) cursor = call.target().get(name).value_or(std::string_view{});
  }
  if (cursor == "earliest") return hub::Start{Kind::kEarliest, 0, {}};
  if (cursor == "latest") return hub::Start{Kind::kLatest, 0, {}};
  if (!cursor.empty()) return hub::Start{Kind::kCursor, 0, std::string(cursor)};
  auto last = query_number(call, "last", 0, kLastMax, 0);
  if (!last) return last.error();
  if (*last == 0) return hub::Start{Kind::kLatest, 0, {}};
  return hub::Start{Kind::kLast, *last, {}};
}

bool accepts_event_stream(const Call& call) {
  return call.head().headers.accepts("text/event-stream");
}

bool prefers_json(const Call& call) {
  const auto& headers = call.head().headers;
  return headers.preference("application/json") > headers.preference("text/event-stream");
}

}  // namespace weir::api
