#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "dice.hpp"
#include "history.hpp"
#include "hub/transport.hpp"
#include "report.hpp"

namespace weir::simulation {

/// A frame on its way to a client: an event of a batch, or a control frame.
struct Frame {
  log::BatchPtr batch;  ///< Null: a control frame.
  std::size_t index = 0;
  std::string type;
  std::string json;
  Floors told;  ///< Of a gap: what the shard knew to be gone when it was sent.
};

/// The network: a socket buffer per connection, of which the client takes frames when it likes.
/// What the server has written and the client has not taken is lost with the connection. One
/// thread.
class Network final : public hub::Transport {
 public:
  struct Connection {
    std::deque<Frame> buffer;
    std::size_t capacity = 0;       ///< Frames.
    const Floors* known = nullptr;  ///< What its shard knows to be gone.
    bool blocked = false;           ///< The server has been told that there is no room.
    bool ended = false;
    bool aborted = false;
    bool vanished = false;  ///< The client is gone; the server may not know yet.
  };

  Network(Dice& dice, Report& report) : dice_(&dice), report_(&report) {}

  hub::SinkId connect(std::size_t capacity, const Floors& known);
  Connection* find(hub::SinkId id);
  void forget(hub::SinkId id) { connections_.erase(id); }

  Sent send(hub::SinkId sink, std::span<const hub::Piece> pieces) override;
  Status control(hub::SinkId sink, std::string_view type, std::string_view json,
                 std::optional<std::uint32_t> retry_ms) override;
  Status keepalive(hub::SinkId sink) override;
  void end(hub::SinkId sink, End why) override;
  void abort(hub::SinkId sink) override;

 private:
  Connection& writable(hub::SinkId sink);
  Status status_of(Connection& connection);

  Dice* dice_;
  Report* report_;
  std::unordered_map<hub::SinkId, Connection> connections_;
  hub::SinkId next_ = 1;
};

}  // namespace weir::simulation
