#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "api/opening.hpp"
#include "api/router.hpp"
#include "api/websocket/websocket_commands.hpp"
#include "api/websocket/websocket_transport.hpp"
#include "hub/hub.hpp"
#include "net/stream_table.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// Turns requests into WebSockets on one shard, and reads what their clients send. Shard thread
/// only.
class WebSocketOpener final : public net::StreamObserver {
 public:
  /// `client_ids` and `streams` outlive it.
  WebSocketOpener(hub::Hub& hub, std::size_t shard, ClientIds& client_ids,
                  net::StreamTable& streams)
      : hub_(hub),
        shard_(hub.shard(shard)),
        transport_(streams, shard_),
        commands_(hub, shard, client_ids, transport_) {}

  /// Answers a call that wants a WebSocket (`wants_websocket`), or says why not. Without selectors
  /// it is subscribed to nothing until it asks.
  void open(Call& call, std::optional<proto::Selectors> selectors, Opening opening);

  /// Call once per hub::Shard::kTick.
  void tick() { transport_.tick(); }

  const WebSocketMetrics& metrics() const { return transport_.metrics(); }

  // net::StreamObserver; the owner is a packed SessionId.
  void on_writable(net::StreamId stream, net::StreamOwner owner) override;
  void on_closed(net::StreamId stream, net::StreamOwner owner) override;
  void on_data(net::StreamId stream, net::StreamOwner owner, std::string_view bytes) override;

 private:
  class Reader;

  hub::Hub& hub_;
  hub::Shard& shard_;
  WebSocketTransport transport_;
  WebSocketCommands commands_;
};

}  // namespace weir::api
