#pragma once

#include <utility>

#include "api/call.hpp"
#include "api/client_ids.hpp"
#include "api/opening.hpp"
#include "api/poll/poll_opener.hpp"
#include "api/sse/stream_opener.hpp"
#include "api/websocket/websocket_opener.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// One resource, several transports: gives a request for events the one it asks for. One per shard;
/// its thread only.
class Subscriptions {
 public:
  Subscriptions(ClientIds& client_ids, StreamOpener& streams, PollOpener& polls,
                WebSocketOpener& web_sockets)
      : client_ids_(client_ids), streams_(streams), polls_(polls), web_sockets_(web_sockets) {}

  ClientName new_client() { return {client_ids_.next(), {}}; }

  /// Answers the call with the selectors' events, or with why not.
  void open(CallPtr call, proto::Selectors selectors) {
    open(std::move(call), std::move(selectors), {.client = new_client()});
  }
  void open(CallPtr call, proto::Selectors selectors, Opening opening);
  /// Answers it with a poll, whatever it accepts.
  void poll(CallPtr call, proto::Selectors selectors, Opening opening) {
    polls_.open(std::move(call), std::move(selectors), std::move(opening));
  }
  /// Answers it with a WebSocket that is subscribed to nothing yet.
  void open_empty(Call& call);

 private:
  ClientIds& client_ids_;
  StreamOpener& streams_;
  PollOpener& polls_;
  WebSocketOpener& web_sockets_;
};

}  // namespace weir::api
