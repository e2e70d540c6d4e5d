#include "api/websocket/websocket_opener.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "api/access/client_address.hpp"
#include "api/access/stream_holder.hpp"
#include "api/access/stream_room.hpp"
#include "api/streams.hpp"
#include "api/subscription_query.hpp"
#include "api/websocket/handshake.hpp"
#include "api/wish.hpp"

namespace weir::api {
namespace {

void count(WebSocketMetrics& metrics, proto::CloseCode code) {
  if (code == proto::CloseCode::kTooBig) {
    metrics.too_big.add();
  } else {
    metrics.violations.add();
  }
}

}  // namespace

/// What a client has sent, on its way to where it is answered.
class WebSocketOpener::Reader final : public proto::WebSocketParser::Receiver {
 public:
  Reader(WebSocketOpener& opener, SessionId id) : opener_(opener), id_(id) {}

  bool on_text(std::string_view message) override {
    if (!is_open()) return goes_on();
    opener_.transport_.metrics().messages.add();
    opener_.commands_.run(id_, message);
    return goes_on();
  }
  bool on_ping(std::string_view payload) override {
    std::string pong;
    proto::append_frame(pong, proto::Opcode::kPong, payload);
    opener_.transport_.write(id_, std::move(pong));
    return goes_on();
  }
  bool on_pong(std::string_view) override { return goes_on(); }
  void on_close(std::uint16_t code, std::string_view) override {
    opener_.transport_.close_back(id_, code);
  }

 private:
  bool is_open() const {
    const auto* session = opener_.transport_.find(id_);
    return session != nullptr && !session->closing;
  }
  /// One that is closing is read on for the client's close frame.
  bool goes_on() const { return opener_.transport_.find(id_) != nullptr; }

  WebSocketOpener& opener_;
  SessionId id_;
};

void WebSocketOpener::open(Call& call, std::optional<proto::Selectors> selectors, Opening opening) {
  auto handshake = shake_hands(call);
  if (!handshake) {
    const auto& error = handshake.error();
    if (error.code == base::ErrorCode::kUpgradeRequired) {
      return answer_upgrade_required(call, error);
    }
    return call.fail(error);
  }
  if (selectors) {
    // Before anything is told about the topics.
    if (auto granted = may_open(call, opening, *selectors); !granted) {
      return call.fail(granted.error());
    }
  }
  auto start = read_start(call, opening);
  if (!start) return call.fail(start.error());
  const auto heartbeat_ticks = read_heartbeat_ticks(call);
  if (!heartbeat_ticks) return call.fail(heartbeat_ticks.error());
  hub::SubscribeRequest request;
  if (auto read = read_wish(call, request); !read) return call.fail(read.error());
  const auto& settings = call.settings();

  const bool addressed = selectors.has_value();
  const auto number = addressed ? WebSocketSession::kAddress : WebSocketSession::kKeeper;
  request.selectors =
      std::make_shared<const proto::Selectors>(std::move(selectors).value_or(proto::Selectors{}));
  if (auto granted = grant_wish(call, opening, request); !granted) {
    return call.fail(granted.error());
  }
  if (!shard_.has_room_for(request)) return call.fail(too_many_filters(settings));
  if (const auto why = no_room_for_stream(hub_, call.gate(), settings)) {
    return call.fail(*why);
  }
  auto share = call.gate().open_stream(call.access(), call.head(), settings);
  if (!share) return call.fail(share.error());
  request.transport = &transport_;
  request.heartbeat_ticks = *heartbeat_ticks;
  request.present_id = opening.client.id.text();
  opening.client.put_into(request);
  const auto client_id = opening.client.shown();
  // Registered before a byte of the head leaves, as for an event stream.
  auto access = std::make_shared<access::AccessPtr>(call.shared_access());
  // Of the connection, not of the place: what it is subscribed to changes.
  auto watch = ConnectionWatch::begin(call, client_id, transport_.name(), request.selectors);
  const auto place =
      shard_.reserve(std::move(request), make_lease(call, client_id, std::move(*share), access));
  const auto id = transport_.reserve(handshake->compressed);
  auto& session = *transport_.find(id);
  session.subscriptions.push_back({.number = number, .place = place});
  const auto address = client_address(call.head(), settings);
  session.caller = {.access = std::move(access),
                    .gate = &call.gate(),
                    .peer = address ? address->text() : call.head().peer,
                    .client = opening.client,
                    .admin = call.gate().is_admin(call.access(), call.head(), settings),
                    .watch = std::move(watch)};
  auto& first = handshake->response.body;
  const auto say = [&](std::string_view type, std::string_view json) {
    proto::append_frame(first, proto::Opcode::kText,
                        fmt::format(R"({{"type":"{}","data":{}}})", type, json));
  };
  say("system", welcome_json(hub_, shard_, client_id));
  if (!opening.gap.empty()) say("gap", opening.gap);
  if (opening.snapshot) {
    proto::append_frame(first, proto::Opcode::kText,
                        snapshot_json(*opening.snapshot, hub_.log().epoch()));
  }
  const auto stream = call.exchange().detach(
      Streams::web_socket(id.packed()),
      {.response = std::move(handshake->response), .incoming = net::Incoming::kDelivered});
  transport_.attach(id, stream.id);
  shard_.start(place, WebSocketTransport::sink_of(id, number), stream.blocked, std::move(*start));
}

void WebSocketOpener::on_writable(net::StreamId, net::StreamOwner owner) {
  const auto id = SessionId::unpacked(owner);
  auto* session = transport_.find(id);
  if (session == nullptr) return;
  transport_.go_on_reading(id);
  std::vector<hub::SubscriberId> places;
  for (const auto& each : session->subscriptions) places.push_back(each.place);
  for (const auto place : places) shard_.on_writable(place);
}

void WebSocketOpener::on_closed(net::StreamId, net::StreamOwner owner) {
  transport_.forget(SessionId::unpacked(owner));
}

void WebSocketOpener::on_data(net::StreamId, net::StreamOwner owner, std::string_view bytes) {
  const auto id = SessionId::unpacked(owner);
  auto* session = transport_.find(id);
  if (session == nullptr) return;
  session->pinged = false;
  // Not the session's while it runs: what it reads may end the session.
  auto parser = std::exchange(session->parser, nullptr);
  if (parser == nullptr) {
    parser = std::make_unique<proto::WebSocketParser>(proto::WebSocketParser::Limits{
        .message_bytes_max = hub_.settings()->websocket_message_bytes_max,
        .compressed = session->compressed});
  }
  Reader reader(*this, id);
  const auto closing = parser->feed(bytes, reader);
  session = transport_.find(id);
  if (session == nullptr) return;
  if (closing) {
    count(transport_.metrics(), closing->code);
    transport_.fail(id, *closing);
    return;
  }
  if (!parser->at_rest()) session->parser = std::move(parser);
}

}  // namespace weir::api
