#pragma once

#include <atomic>
#include <cstdint>

#include "net/stream_table.hpp"

namespace weir::api {

/// The shard's StreamTable, and whose each of its streams is: an event stream's owner is a
/// subscriber of the hub, a WebSocket's a session. Shard thread only.
class Streams final : public net::StreamObserver {
 public:
  /// `connections` is the process's count of them, in which open streams are counted too.
  explicit Streams(std::atomic<std::uint64_t>& connections) : table_(*this, &connections) {}

  net::StreamTable& table() { return table_; }

  /// Both outlive the streams.
  void report_to(net::StreamObserver& event_streams, net::StreamObserver& web_sockets) {
    event_streams_ = &event_streams;
    web_sockets_ = &web_sockets;
  }

  /// The owner of a WebSocket: `number` leaves the greatest bit free, as a packed SubscriberId
  /// does.
  static constexpr net::StreamOwner web_socket(std::uint64_t number) { return number | kWebSocket; }

  // net::StreamObserver
  void on_writable(net::StreamId stream, net::StreamOwner owner) override {
    observer(owner).on_writable(stream, owner & ~kWebSocket);
  }
  void on_closed(net::StreamId stream, net::StreamOwner owner) override {
    observer(owner).on_closed(stream, owner & ~kWebSocket);
  }
  void on_data(net::StreamId stream, net::StreamOwner owner, std::string_view bytes) override {
    observer(owner).on_data(stream, owner & ~kWebSocket, bytes);
  }

 private:
  static constexpr std::uint64_t kWebSocket = std::uint64_t{1} << 63;

  net::StreamObserver& observer(net::StreamOwner owner) {
    return (owner & kWebSocket) != 0 ? *web_sockets_ : *event_streams_;
  }

  net::StreamTable table_;
  net::StreamObserver* event_streams_ = nullptr;
  net::StreamObserver* web_sockets_ = nullptr;
};

}  // namespace weir::api
