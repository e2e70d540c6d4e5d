#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "api/client_ids.hpp"
#include "api/websocket/websocket_transport.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"
#include "proto/websocket_message.hpp"

namespace weir::api {

/// What a client may ask for over its WebSocket: subscribe, unsubscribe, ack, publish, ping. Every
/// request is answered, with its `id` if it has one: `{"type":"ok",…}` or
/// `{"type":"error","error":{problem}}`. Shard thread only.
class WebSocketCommands {
 public:
  WebSocketCommands(hub::Hub& hub, std::size_t shard, ClientIds& client_ids,
                    WebSocketTransport& transport)
      : hub_(hub),
        shard_index_(shard),
        shard_(hub.shard(shard)),
        client_ids_(client_ids),
        transport_(transport) {}

  /// A text message of the client's.
  void run(SessionId session, std::string_view text);

 private:
  base::Result<> run(SessionId session, const proto::ClientMessage& message);
  base::Result<> subscribe(SessionId session, const proto::ClientMessage& message);
  base::Result<> unsubscribe(SessionId session, const proto::ClientMessage& message);
  base::Result<> ack(SessionId session, const proto::ClientMessage& message);
  base::Result<> publish(SessionId session, const proto::ClientMessage& message);
  void keep(SessionId session);
  bool enter(SessionId session, hub::SubscribeRequest request,
             WebSocketSession::Subscription subscription);
  void begin(SessionId session, std::uint32_t number, hub::Start start);
  void answer_ok(SessionId session, std::string_view id, std::string_view more = {});
  void answer_error(SessionId session, std::string_view id, const base::Error& error);

  hub::Hub& hub_;
  std::size_t shard_index_;
  hub::Shard& shard_;
  ClientIds& client_ids_;
  WebSocketTransport& transport_;
};

}  // namespace weir::api
