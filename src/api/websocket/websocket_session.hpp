#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "api/websocket/websocket_caller.hpp"
#include "hub/transport.hpp"
#include "net/stream_table.hpp"
#include "proto/websocket_parse.hpp"

namespace weir::api {

/// A session's place in its shard. The generation tells a reused place from an earlier session.
struct SessionId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;

  constexpr std::uint64_t packed() const { return (std::uint64_t{generation} << 32) | slot; }
  static constexpr SessionId unpacked(std::uint64_t packed) {
    return {static_cast<std::uint32_t>(packed), static_cast<std::uint32_t>(packed >> 32)};
  }
};

/// One WebSocket and what it is subscribed to. Each subscription is a subscriber of the hub, with a
/// place of its own in the log; the connection holds nothing of them but their numbers.
struct WebSocketSession {
  /// The subscription of the address that was opened; its events are not marked.
  static constexpr std::uint32_t kAddress = 0;
  /// A subscriber of no topics, which keeps a connection alive, ends it when its time is over and
  /// tells it of a drain, once it has other subscriptions than its address's.
  static constexpr std::uint32_t kKeeper = std::numeric_limits<std::uint32_t>::max();

  struct Subscription {
    std::uint32_t number = 0;
    hub::SubscriberId place;
    std::optional<std::uint32_t> credit = {};  ///< Events that may still be sent; empty: any.
  };

  Subscription* find(std::uint32_t number) {
    for (auto& each : subscriptions) {
      if (each.number == number) return &each;
    }
    return nullptr;
  }

  net::StreamId stream;
  std::vector<Subscription> subscriptions;
  WebSocketCaller caller;
  std::unique_ptr<proto::WebSocketParser> parser;  ///< Only while a message is incomplete.
  std::uint64_t message_end = 0;                   ///< The tick by which that one has to be there.
  std::uint32_t message_patience = 0;              ///< In ticks.
  bool message_timed = false;                      ///< The transport's timer looks at it.
  bool reading_paused = false;  ///< Until the client has taken what it asked for.
  std::uint32_t generation = 0;
  std::uint32_t next_number = 1;
  bool open = false;
  bool compressed = false;
  bool pinged = false;   ///< And nothing has come since.
  bool closing = false;  ///< The close frame has been written; the client's is awaited.
};

}  // namespace weir::api
