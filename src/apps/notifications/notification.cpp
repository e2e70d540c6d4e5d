#include "apps/notifications/notification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "apps/view/brief.hpp"
#include "proto/json.hpp"

namespace weir::apps::notifications {
namespace {

constexpr std::array<std::string_view, 4> kSeverities = {"info", "success", "warning", "critical"};
constexpr std::string_view kIdPrefix = "ntf_";
constexpr std::size_t kIdDigits = 16;

std::string time_or_null(base::UnixMillis time) {
  return time == 0 ? std::string("null") : std::to_string(time);
}

/// Stored JSON stands as it was written.
std::string json_or_null(const std::string& json) { return json.empty() ? "null" : json; }

void count(Counters& counters, const Notification& one, std::uint64_t by) {
  switch (one.place) {
    case Place::kInbox:
      counters.inbox += by;
      if (one.read_at == 0) counters.unread += by;
      if (one.seen_at == 0) counters.unseen += by;
      break;
    case Place::kArchive:
      counters.archived += by;
      break;
    case Place::kSnoozed:
      counters.snoozed += by;
      break;
    case Place::kScheduled:
      counters.scheduled += by;
      break;
  }
}

}  // namespace

base::UnixMillis Notification::due_at() const {
  base::UnixMillis due = expires_at;
  const auto also = [&due](base::UnixMillis time) {
    if (time != 0 && (due == 0 || time < due)) due = time;
  };
  if (place == Place::kSnoozed) also(snoozed_until);
  if (place == Place::kScheduled) also(deliver_at);
  return due;
}

void Counters::add(const Notification& one) { count(*this, one, 1); }

// Unsigned numbers wrap, so adding the greatest one takes one away.
void Counters::subtract(const Notification& one) { count(*this, one, ~std::uint64_t{0}); }

std::string_view name_of(Severity severity) {
  return kSeverities[static_cast<std::size_t>(severity)];
}

std::optional<Severity> parse_severity(std::string_view name) {
  const auto at = std::find(kSeverities.begin(), kSeverities.end(), name);
  if (at == kSeverities.end()) return std::nullopt;
  return static_cast<Severity>(at - kSeverities.begin());
}

std::string id_text(std::int64_t id) {
  return fmt::format("{}{:016x}", kIdPrefix, static_cast<std::uint64_t>(id));
}

std::optional<std::int64_t> parse_id(std::string_view text) {
  if (!text.starts_with(kIdPrefix)) return std::nullopt;
  text.remove_prefix(kIdPrefix.size());
  std::uint64_t id = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, id, 16);
  if (text.size() != kIdDigits || error != std::errc() || stopped != end) return std::nullopt;
  return static_cast<std::int64_t>(id);
}

std::string topic_of(std::string_view user) { return fmt::format("$weir/notifications/{}", user); }

std::string to_json(const Notification& one, bool whole) {
  const auto text = [whole](const std::string& full) {
    return proto::json_string(whole ? full : brief(full));
  };
  std::string json = fmt::format(
      R"({{"id":"{}","userId":{},"rev":{},"order":{},"type":{},"title":{},"body":{},)"
      R"("severity":"{}","actionUrl":{},"actions":{},"groupKey":{},"dedupeKey":{},"count":{},)"
      R"("createdAt":{},"seenAt":{},"readAt":{},"archivedAt":{},"snoozedUntil":{},"expiresAt":{})",
      id_text(one.id), proto::json_string(one.user), one.rev, one.order,
      proto::json_string(one.type), text(one.title), text(one.body), name_of(one.severity),
      proto::json_string_or_null(one.action_url), one.actions.empty() ? "[]" : one.actions,
      proto::json_string_or_null(one.group_key), proto::json_string_or_null(one.dedupe_key),
      one.count, one.created_at, time_or_null(one.seen_at), time_or_null(one.read_at),
      time_or_null(one.archived_at), time_or_null(one.snoozed_until), time_or_null(one.expires_at));
  if (whole) json += fmt::format(R"(,"data":{})", json_or_null(one.data));
  if (whole && one.deliver_at != 0) json += fmt::format(R"(,"deliverAt":{})", one.deliver_at);
  json.push_back('}');
  return json;
}

std::string counters_members(const Counters& counters) {
  return fmt::format(R"("unread":{},"unseen":{},"rev":{})", counters.unread, counters.unseen,
                     counters.rev);
}

std::string all_counters_members(const Counters& counters) {
  return fmt::format(R"({},"counts":{{"inbox":{},"unread":{},"archived":{},"snoozed":{}}})",
                     counters_members(counters), counters.inbox, counters.unread, counters.archived,
                     counters.snoozed);
}

}  // namespace weir::apps::notifications
