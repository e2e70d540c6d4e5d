#include "api/console/connection_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/access/stream_holder.hpp"
#include "base/settings_table.hpp"
#include "proto/event.hpp"
#include "proto/json.hpp"

namespace weir::api {
namespace {

constexpr std::array<std::string_view, 3> kTransports = {"sse", "websocket", "long_poll"};
// Recent batches that are looked at for one subscriber.
constexpr std::size_t kOwedBatchesMax = 256;

std::string_view user_of(const hub::SubscriberView& subscriber) {
  if (subscriber.holder == nullptr) return {};
  return static_cast<const StreamHolder*>(subscriber.holder)->access->subject;
}

std::string_view state_of(const hub::SubscriberView& subscriber) {
  switch (subscriber.state) {
    case hub::Subscriber::State::kLive:
      return "live";
    case hub::Subscriber::State::kWaiting:
      return "waiting";
    default:
      return "behind";
  }
}

std::string_view policy_of(const hub::SubscriberView& subscriber) {
  return base::find_setting("slow_consumer")
      ->choices[static_cast<std::size_t>(subscriber.interest.slow_consumer)];
}

std::string or_null(std::string_view text) {
  return text.empty() ? std::string("null") : proto::json_string(text);
}

template <typename List, typename Text>
std::string list_json(const List& list, Text&& text) {
  std::string json = "[";
  for (const auto& each : list) {
    if (json.size() > 1) json.push_back(',');
    proto::append_json_string(json, text(each));
  }
  return json + "]";
}

/// `"filter"` and what else narrows the topics' events.
std::string refinement_json(const hub::Refinement* refinement) {
  if (refinement == nullptr) {
    return R"("filter":null,"fields":null,"max_rate":null,"conflate":false)";
  }
  return fmt::format(
      R"("filter":{},"fields":{},"max_rate":{},"conflate":{})",
      refinement->filter == nullptr ? "null" : proto::json_string(refinement->filter->text()),
      refinement->fields == nullptr ? "null" : proto::json_string(refinement->fields->text()),
      refinement->max_rate == 0 ? "null" : fmt::format("{}", refinement->max_rate),
      refinement->conflate);
}

/// Exact where recent batches tell; else at most the positions that are left.
std::string lag_json(const hub::Shard& shard, const hub::SubscriberView& subscriber,
                     std::size_t& batches_left) {
  const auto owed = shard.owed(subscriber.place, std::min(batches_left, kOwedBatchesMax));
  if (owed) {
    batches_left -= std::min(batches_left, owed->batches);
    return fmt::format(R"("lag_events":{},"lag_bytes":{},"lag_exact":true)", owed->events,
                       owed->bytes);
  }
  batches_left -= std::min(batches_left, kOwedBatchesMax);
  const auto head = shard.head().value;
  const auto at = subscriber.cursor.sequence.value;
  return fmt::format(R"("lag_events":{},"lag_bytes":null,"lag_exact":false)",
                     head > at ? head - at : 0);
}

}  // namespace

base::Result<ConnectionQuery> ConnectionQuery::read(const Call& call) {
  const auto get = [&](std::string_view name) -> std::optional<std::string> {
    const auto value = call.target().get(name);
    if (!value || value->empty()) return std::nullopt;
    return std::string(*value);
  };
  ConnectionQuery query{get("topic"), get("user"), get("transport")};
  if (query.topic) {
    if (auto valid = proto::validate_topic(*query.topic); !valid) return valid.error();
  }
  if (query.transport &&
      std::find(kTransports.begin(), kTransports.end(), *query.transport) == kTransports.end()) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            "transport is one of sse, websocket, long_poll");
  }
  return query;
}

bool ConnectionQuery::matches(const hub::SubscriberView& subscriber) const {
  return (!transport || *transport == subscriber.transport.name()) &&
         (!user || *user == user_of(subscriber)) &&
         (!topic || subscriber.interest.selectors->matches(*topic));
}

std::string ListPlace::text() const { return fmt::format("{}-{}", shard, slot); }

std::optional<ListPlace> ListPlace::parse(std::string_view text) {
  ListPlace place;
  const auto* const end = text.data() + text.size();
  const auto shard = std::from_chars(text.data(), end, place.shard);
  if (shard.ec != std::errc() || shard.ptr == end || *shard.ptr != '-') return std::nullopt;
  const auto slot = std::from_chars(shard.ptr + 1, end, place.slot);
  if (slot.ec != std::errc() || slot.ptr != end) return std::nullopt;
  return place;
}

bool is_shown(const hub::SubscriberView& subscriber) {
  // Only one of no topics can be such a one; the others need not be asked.
  return !subscriber.interest.selectors->empty() ||
         !subscriber.transport.peer(subscriber.sink).stands_in;
}

std::string connection_json(const hub::Shard& shard, std::size_t index,
                            const hub::SubscriberView& subscriber, std::size_t& batches_left) {
  const auto& selectors = *subscriber.interest.selectors;
  const auto peer = subscriber.transport.peer(subscriber.sink);
  return fmt::format(
      R"({{"client_id":"{}","given_id":{},"transport":"{}","http":"{}","address":{},"user":{},)"
      R"("since":{},"subscription":{},"topics":{},"match":{},{},"state":"{}","blocked":{},)"
      R"("cursor":"{}","began":"{}",{},"policy":"{}","shard":{}}})",
      subscriber.client.text(), or_null(subscriber.given_id), subscriber.transport.name(),
      peer.http, or_null(peer.address), or_null(user_of(subscriber)), subscriber.opened_at,
      peer.subscription ? std::to_string(*peer.subscription) : "null",
      list_json(selectors.topics, [](const auto& topic) { return std::string_view(topic); }),
      list_json(selectors.patterns,
                [](const auto& pattern) { return std::string_view(pattern.text()); }),
      refinement_json(subscriber.interest.refinement.get()), state_of(subscriber),
      subscriber.blocked, proto::to_string(subscriber.cursor), proto::to_string(subscriber.began),
      lag_json(shard, subscriber, batches_left), policy_of(subscriber), index);
}

}  // namespace weir::api
