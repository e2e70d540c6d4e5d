#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/websocket/websocket_session.hpp"
#include "base/counter.hpp"
#include "base/timer_wheel.hpp"
#include "hub/shard.hpp"
#include "hub/transport.hpp"
#include "net/stream_table.hpp"
#include "proto/websocket_parse.hpp"

namespace weir::api {

/// Counters of one shard's WebSockets; written by the shard, read by any thread.
struct WebSocketMetrics {
  base::Counter open;
  base::Counter opened;      ///< Since start.
  base::Counter messages;    ///< Text messages of clients.
  base::Counter violations;  ///< Closed for what the client sent: 1002, 1003, 1007.
  base::Counter too_big;     ///< Closed with 1009.
  base::Counter no_pong;     ///< Closed because a ping was not answered.
  base::Counter slow;        ///< Closed because a message did not end in time.
};

/// The WebSockets of a shard, and how they are written to: a batch's events are frames that all
/// subscribers share, put on streams by one gathered write. A sink is a session's slot and a
/// subscription's number.
///
/// Shard thread only. Allocates nothing per delivery.
class WebSocketTransport final : public hub::Transport {
 public:
  WebSocketTransport(net::StreamTable& streams, hub::Shard& shard)
      : streams_(streams), shard_(shard) {}

  static hub::SinkId sink_of(SessionId session, std::uint32_t number) {
    return (std::uint64_t{number} << 32) | session.slot;
  }

  /// Takes a place for a session, whose stream follows with `attach`.
  SessionId reserve(bool compressed);
  void attach(SessionId id, net::StreamId stream);
  /// Null once it is over. Valid until the next `reserve`.
  WebSocketSession* find(SessionId id);

  /// Writes a frame that is no event. A client that does not take what it asks for is not read from
  /// until it does.
  void write(SessionId id, std::string frame);
  /// Writes a text message.
  void tell(SessionId id, std::string_view json);
  /// Gives the subscriptions back, sends the close frame and awaits the client's for a while.
  void close(SessionId id, const proto::Closing& closing);
  /// Closes because of what the client sent. Its bytes mean nothing from here on.
  void fail(SessionId id, const proto::Closing& closing);
  /// The client's close frame has come: answers it, unless it is the answer, and ends the stream.
  void close_back(SessionId id, std::uint16_t code);
  /// A message is incomplete, and has `patience` ticks from its beginning, which is now unless it
  /// is `continued`.
  void await_message(SessionId id, bool continued, std::uint32_t patience);
  /// The stream takes bytes again: so do we.
  void go_on_reading(SessionId id);
  bool blocked(net::StreamId stream) const { return streams_.blocked(stream); }
  /// Ends what is left of a session whose stream has gone.
  void forget(SessionId id);
  /// Call once per hub::Shard::kTick: gives up on clients that do not close, or do not end what
  /// they have begun to say.
  void tick();

  WebSocketMetrics& metrics() { return metrics_; }
  const WebSocketMetrics& metrics() const { return metrics_; }

  // hub::Transport
  std::string_view name() const override { return "websocket"; }
  Peer peer(hub::SinkId sink) const override;
  Sent send(hub::SinkId sink, std::span<const hub::Piece> pieces) override;
  Status control(hub::SinkId sink, std::string_view type, std::string_view json,
                 std::optional<std::uint32_t> retry_ms) override;
  Status keepalive(hub::SinkId sink) override;
  void end(hub::SinkId sink, End why) override;
  void abort(hub::SinkId sink) override;

 private:
  struct Target {
    SessionId id;
    WebSocketSession* session = nullptr;  ///< Null: there is no such sink.
    WebSocketSession::Subscription* subscription = nullptr;
  };
  struct Lingering {
    SessionId id;
    std::uint64_t until;  ///< Tick.
  };

  Target target(hub::SinkId sink);
  Sent write_events(const WebSocketSession& session, std::span<const hub::Piece> pieces);
  Sent write_marked_events(const WebSocketSession& session, std::uint32_t number,
                           std::span<const hub::Piece> pieces);
  /// But for the one that the hub is about to free itself.
  void give_back(WebSocketSession& session, std::optional<hub::SubscriberId> but = std::nullopt);
  void start_closing(SessionId id, const proto::Closing& closing);
  void check_message(SessionId id);

  net::StreamTable& streams_;
  hub::Shard& shard_;
  std::vector<WebSocketSession> sessions_;
  std::vector<std::uint32_t> free_;
  std::deque<Lingering> lingering_;
  base::TimerWheel<SessionId> messages_;  // An entry for each session that has one incomplete.
  std::uint64_t ticks_ = 0;
  // Scratch of one send.
  std::vector<iovec> iovecs_;
  std::vector<hub::Piece> allowed_;
  std::string heads_;
  WebSocketMetrics metrics_;
};

}  // namespace weir::api
