#include "api/websocket/websocket_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "api/access/stream_holder.hpp"
#include "api/access/stream_room.hpp"
#include "api/native/publish.hpp"
#include "api/subscription_query.hpp"
#include "api/wish.hpp"
#include "proto/problem.hpp"
#include "proto/publish_json.hpp"
#include "proto/selector.hpp"

namespace weir::api {
namespace {

constexpr auto kTicksPerSecond = std::chrono::seconds(1) / hub::Shard::kTick;
// It ends with its connection, whose lifetime the keeper has.
constexpr std::uint32_t kNoLifetimeTicks = 0x3fffffff;

std::string id_member(std::string_view id) {
  return id.empty() ? std::string() : fmt::format(R"(,"id":{})", id);
}

base::Error no_such_subscription(std::uint32_t number) {
  return base::make_error(base::ErrorCode::kBadRequest,
                          fmt::format("there is no subscription {}", number));
}

}  // namespace

void WebSocketCommands::run(SessionId session, std::string_view text) {
  proto::ClientMessage message;
  auto outcome = proto::parse_client_message(text, message);
  // Here a message meets what its sender may do: all of it.
  if (outcome) outcome = run(session, message);
  if (!outcome) answer_error(session, message.id, outcome.error());
}

base::Result<> WebSocketCommands::run(SessionId session, const proto::ClientMessage& message) {
  switch (message.type) {
    case proto::ClientMessage::Type::kSubscribe:
      return subscribe(session, message);
    case proto::ClientMessage::Type::kUnsubscribe:
      return unsubscribe(session, message);
    case proto::ClientMessage::Type::kAck:
      return ack(session, message);
    case proto::ClientMessage::Type::kPublish:
      return publish(session, message);
    case proto::ClientMessage::Type::kPing:
      break;
  }
  answer_ok(session, message.id);
  return {};
}

void WebSocketCommands::answer_ok(SessionId session, std::string_view id, std::string_view more) {
  transport_.tell(session, fmt::format(R"({{"type":"ok"{}{}}})", id_member(id), more));
}

void WebSocketCommands::answer_error(SessionId session, std::string_view id,
                                     const base::Error& error) {
  transport_.tell(session, fmt::format(R"({{"type":"error"{},"error":{}}})", id_member(id),
                                       proto::problem_json(error)));
}

/// From its first own subscription on a connection is kept by a subscriber of no topics, so that it
/// lives on when one of the others ends.
void WebSocketCommands::keep(SessionId id) {
  if (transport_.find(id)->find(WebSocketSession::kKeeper) != nullptr) return;
  hub::SubscribeRequest request;
  request.selectors = std::make_shared<const proto::Selectors>();
  if (!enter(id, std::move(request), {.number = WebSocketSession::kKeeper, .place = {}})) return;
  begin(id, WebSocketSession::kKeeper, {});
}

void WebSocketCommands::begin(SessionId id, std::uint32_t number, hub::Start start) {
  auto* session = transport_.find(id);
  const auto* subscription = session == nullptr ? nullptr : session->find(number);
  if (subscription == nullptr) return;
  shard_.start(subscription->place, WebSocketTransport::sink_of(id, number),
               transport_.blocked(session->stream), std::move(start));
}

/// Takes a place in the hub and enters it; false if the connection has ended meanwhile: taking a
/// place delivers what has been waiting.
bool WebSocketCommands::enter(SessionId id, hub::SubscribeRequest request,
                              WebSocketSession::Subscription subscription) {
  request.transport = &transport_;
  const auto& caller = transport_.find(id)->caller;
  auto lease = make_lease(*caller.access, *hub_.settings(), caller.client_id, {}, caller.access);
  subscription.place = shard_.reserve(std::move(request), std::move(lease));
  auto* session = transport_.find(id);
  if (session == nullptr || session->closing) {
    shard_.remove(subscription.place);
    return false;
  }
  session->subscriptions.push_back(subscription);
  return true;
}

base::Result<> WebSocketCommands::subscribe(SessionId id, const proto::ClientMessage& message) {
  const auto settings = hub_.settings();
  auto selectors =
      proto::make_selectors(message.topics, message.match, settings->subscription_topics_max);
  if (!selectors) return selectors.error();
  auto& gate = *transport_.find(id)->caller.gate;
  auto access = *transport_.find(id)->caller.access;
  // What those may who show nothing can have become another since the connection was opened.
  if (!access->authenticated()) access = gate.authority().anonymous();
  if (auto granted = gate.may_subscribe(*access, *selectors); !granted) return granted;
  hub::SubscribeRequest request;
  if (auto read = read_wish({.filter = message.filter,
                             .fields = message.fields,
                             .max_rate = message.max_rate,
                             .conflate = message.conflate},
                            request);
      !read) {
    return read;
  }
  const auto& open = transport_.find(id)->subscriptions;
  const auto count = std::count_if(open.begin(), open.end(), [](const auto& each) {
    return each.number != WebSocketSession::kKeeper;
  });
  if (static_cast<std::size_t>(count) >= settings->websocket_subscriptions_max) {
    return base::make_error(base::ErrorCode::kTooManySubscriptions,
                            fmt::format("the limit is {}", settings->websocket_subscriptions_max));
  }
  if (auto why = no_room_for_stream(hub_, gate, *settings)) return std::move(*why);
  request.selectors = std::make_shared<const proto::Selectors>(std::move(*selectors));
  if (auto granted = grant_wish(access, request); !granted) return granted;
  if (!shard_.has_room_for(request)) return too_many_filters(*settings);
  keep(id);
  auto* session = transport_.find(id);
  if (session == nullptr) return {};
  const auto number = session->next_number++;
  request.heartbeat_ticks = static_cast<std::uint32_t>(message.heartbeat * kTicksPerSecond);
  request.lifetime_ticks = kNoLifetimeTicks;
  request.present_id = client_ids_.next();
  const bool entered =
      enter(id, std::move(request), {.number = number, .place = {}, .credit = message.credit});
  if (!entered) return {};
  // Its number is known before its first event.
  answer_ok(id, message.id, fmt::format(R"(,"sub":{})", number));
  begin(id, number, start_of(message.after, message.last));
  return {};
}

base::Result<> WebSocketCommands::unsubscribe(SessionId id, const proto::ClientMessage& message) {
  auto* session = transport_.find(id);
  if (message.sub == WebSocketSession::kKeeper || session->find(message.sub) == nullptr) {
    return no_such_subscription(message.sub);
  }
  keep(id);
  session = transport_.find(id);
  auto* subscription = session == nullptr ? nullptr : session->find(message.sub);
  if (subscription == nullptr) return no_such_subscription(message.sub);
  shard_.remove(subscription->place);
  std::erase_if(session->subscriptions,
                [&](const auto& each) { return each.number == message.sub; });
  answer_ok(id, message.id);
  return {};
}

base::Result<> WebSocketCommands::ack(SessionId id, const proto::ClientMessage& message) {
  auto* session = transport_.find(id);
  auto* subscription =
      message.sub == WebSocketSession::kKeeper ? nullptr : session->find(message.sub);
  if (subscription == nullptr) return no_such_subscription(message.sub);
  if (!subscription->credit) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            fmt::format("subscription {} was made without credit", message.sub));
  }
  auto& credit = *subscription->credit;
  credit += std::min(message.count, std::numeric_limits<std::uint32_t>::max() - credit);
  const auto place = subscription->place;
  answer_ok(id, message.id);
  if (session = transport_.find(id); session != nullptr && !transport_.blocked(session->stream)) {
    shard_.on_writable(place);
  }
  return {};
}

base::Result<> WebSocketCommands::publish(SessionId id, const proto::ClientMessage& message) {
  auto event = proto::parse_publish_json(message.event, event_limits(*hub_.settings()));
  if (!event) return event.error();
  const bool durable = !event->has(proto::kEphemeral);
  std::vector<proto::Event> events;
  events.push_back(std::move(*event));
  const auto& caller = transport_.find(id)->caller;
  if (auto granted = caller.may_publish(*hub_.settings(), events); !granted) return granted;
  hub_.publish(shard_index_, {.events = std::move(events), .idempotency_key = {}, .trace = {}},
               [this, id, request = message.id, durable](base::Result<hub::Published> published) {
                 if (!published) return answer_error(id, request, published.error());
                 // Nested: what was published is no place that this client has read up to.
                 answer_ok(id, request,
                           fmt::format(R"(,"published":{})",
                                       published_json(published->epoch,
                                                      durable ? published->first : std::nullopt,
                                                      hub_.log().head())));
               });
  return {};
}

}  // namespace weir::api
