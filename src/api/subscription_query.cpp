#include "api/subscription_query.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>

namespace weir::api {
namespace {

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

base::Result<hub::Start> read_start(const Call& call) {
  using Kind = hub::Start::Kind;
  std::string_view cursor = call.header("Last-Event-ID");
  for (const auto* name : {"lastEventId", "last_event_id", "after"}) {
    if (cursor.empty()) cursor = call.target().get(name).value_or(std::string_view{});
  }
  if (cursor == "earliest") return hub::Start{Kind::kEarliest, 0, {}};
  if (cursor == "latest") return hub::Start{Kind::kLatest, 0, {}};
  if (!cursor.empty()) return hub::Start{Kind::kCursor, 0, std::string(cursor)};
  auto last = read_number(call, "last", 0, kLastMax, 0);
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
