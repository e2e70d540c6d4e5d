#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/counter.hpp"
#include "base/types.hpp"
#include "log/batch.hpp"

namespace weir::hub {

/// A subscriber's place in its shard. The generation tells a reused place from an earlier
/// subscriber.
struct SubscriberId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;

  /// So that a packed id leaves its greatest bit to others.
  static constexpr std::uint32_t kGenerationMax = 0x7fffffff;

  friend constexpr bool operator==(SubscriberId, SubscriberId) = default;
  constexpr std::uint64_t packed() const { return (std::uint64_t{generation} << 32) | slot; }
  static constexpr SubscriberId unpacked(std::uint64_t packed) {
    return {static_cast<std::uint32_t>(packed), static_cast<std::uint32_t>(packed >> 32)};
  }
};

/// The transport's own number for a subscriber's connection.
using SinkId = std::uint64_t;

/// Neighbouring events of one batch that a subscriber is owed.
struct Piece {
  const log::BatchPtr* batch;
  log::EventRange range;
};

inline std::size_t count_events(std::span<const Piece> pieces) {
  std::size_t events = 0;
  for (const auto& piece : pieces) events += piece.range.count;
  return events;
}

/// How far a subscriber is after `taken` of the pieces' `events` events went out: `before` if none,
/// `whole` if all, else at the last one taken.
base::Sequence position_after(std::span<const Piece> pieces, std::size_t taken, std::size_t events,
                              base::Sequence before, base::Sequence whole);

/// How a shard's subscribers of one kind (Server-Sent Events, WebSocket, polls) are written to. The
/// hub says which events and which control frames; the transport knows encoding and sockets.
///
/// Shard thread only. Nothing is queued here: what a sink does not take at once is read from the
/// log again when the transport reports that it is writable (`Shard::on_writable`).
class Transport {
 public:
  enum class Status {
    kOpen,
    kBlocked,
    kClosed,
    kDone,  ///< It has what it came for: the shard ends it once the events at hand are delivered.
  };
  struct Sent {
    Status status = Status::kOpen;
    std::size_t events =
        0;  ///< Taken: written whole, or begun with the rest kept by the transport.
  };

  virtual ~Transport() = default;

  /// What others are told that somebody is connected by: "sse", "websocket". Of static lifetime.
  virtual std::string_view name() const { return "stream"; }

  /// Who is behind a sink, for operators to see.
  struct Peer {
    std::string address;            ///< The client's; empty where it has none.
    std::string_view http = "1.1";  ///< The version; of static lifetime.
    /// The client's number for the subscription, where its connection has several.
    std::optional<std::uint32_t> subscription = {};
    bool stands_in = false;  ///< It only keeps a connection that other subscribers are seen of.
  };
  virtual Peer peer(SinkId) const { return {}; }

  /// How many subscribers are written to by it. The shard counts; any thread reads.
  base::Counter subscribers;
  base::Counter opened;  ///< Since the start.

  /// Whether sinks are answers that come to an end by themselves instead of streams: they have a
  /// wait for a lifetime, and need neither signs of life nor word of how much is replayed.
  virtual bool one_shot() const { return false; }

  /// The sink has been given everything up to the head. True if that was all it wanted: its place
  /// is free after the call, and no other follows.
  virtual bool caught_up(SinkId) { return false; }

  /// Writes the pieces, in order, in one call to the system where that is possible.
  virtual Sent send(SinkId sink, std::span<const Piece> pieces) = 0;

  /// A frame that says something about the stream itself; never moves a client's resume point. A
  /// sink that is blocked takes it all the same: it follows what the sink has taken before.
  virtual Status control(SinkId sink, std::string_view type, std::string_view json,
                         std::optional<std::uint32_t> retry_ms) = 0;

  /// A sign of life for proxies, which no client sees.
  virtual Status keepalive(SinkId sink) = 0;

  /// Why a stream ends in order.
  enum class End {
    kFinished,      ///< All that it wanted is closed, and it has been given all of it.
    kLifetime,      ///< Its time is over; the client is expected to come back.
    kDrain,         ///< The server stops.
    kDone,          ///< The sink said so.
    kUnauthorized,  ///< The token or key that it was opened with is over.
    kDisconnected,  ///< An operator ended it; the client is expected to come back.
  };
  /// Ends the stream after what was written. No report follows. The subscriber's place is free
  /// after the call; the transport may give back others from within.
  virtual void end(SinkId sink, End why) = 0;
  /// Ends it at once, giving up what the client has not taken.
  virtual void abort(SinkId sink) = 0;
};

}  // namespace weir::hub
