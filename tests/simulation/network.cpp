#include "network.hpp"

#include "base/check.hpp"
#include "proto/sse_encode.hpp"
#include "proto/sse_parse.hpp"

namespace weir::simulation {

hub::SinkId Network::connect(std::size_t capacity, const Floors& known) {
  auto& connection = connections_[next_];
  connection.capacity = capacity;
  connection.known = &known;
  return next_++;
}

Network::Connection* Network::find(hub::SinkId id) {
  const auto at = connections_.find(id);
  return at == connections_.end() ? nullptr : &at->second;
}

Network::Connection& Network::writable(hub::SinkId sink) {
  auto* connection = find(sink);
  WEIR_CHECK(connection != nullptr, "the hub writes to connections that there are");
  if (connection->ended || connection->aborted) {
    report_->fail("connection {} is written to after its end", sink);
  }
  return *connection;
}

hub::Transport::Status Network::status_of(Connection& connection) {
  // Nobody is there to take anything; the news comes late, or with the next write.
  if (connection.vanished && dice_->chance(30)) return Status::kClosed;
  if (connection.buffer.size() < connection.capacity) return Status::kOpen;
  connection.blocked = true;
  return Status::kBlocked;
}

hub::Transport::Sent Network::send(hub::SinkId sink, std::span<const hub::Piece> pieces) {
  auto& connection = writable(sink);
  std::size_t taken = 0;
  for (const auto& piece : pieces) {
    for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
      if (connection.buffer.size() >= connection.capacity) return {status_of(connection), taken};
      connection.buffer.push_back({*piece.batch, i, {}, {}, {}});
      ++taken;
    }
  }
  return {status_of(connection), taken};
}

hub::Transport::Status Network::control(hub::SinkId sink, std::string_view type,
                                        std::string_view json,
                                        std::optional<std::uint32_t> retry_ms) {
  auto& connection = writable(sink);
  bool moves = false;
  proto::SseParser parser([&](const proto::SseParser::Message& message) {
    moves = message.type != type || message.data != json;
  });
  parser.set_last_event_id("before");
  parser.feed(proto::sse_control_frame(type, json, retry_ms));
  if (moves || parser.last_event_id() != "before") {
    report_->fail("the control frame {} {} says something else on the wire", type, json);
  }
  connection.buffer.push_back({nullptr, 0, std::string(type), std::string(json),
                               type == "gap" ? *connection.known : Floors{}});
  return status_of(connection);
}

hub::Transport::Status Network::keepalive(hub::SinkId sink) { return status_of(writable(sink)); }

void Network::end(hub::SinkId sink, End) { writable(sink).ended = true; }

void Network::abort(hub::SinkId sink) { writable(sink).aborted = true; }

}  // namespace weir::simulation
