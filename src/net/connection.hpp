#pragma once

#include <netinet/in.h>
#include <sys/un.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/address_block.hpp"
#include "net/http_server.hpp"
#include "net/socket.hpp"

namespace weir::net {

/// The address of the other side, as small as it gets.
union PeerAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;

  /// The address without its port; nothing for a UNIX socket.
  std::optional<base::AddressBytes> bytes() const;
  /// "192.0.2.1:5000", "[2001:db8::1]:5000", or "unix" for a UNIX socket, which has no name there.
  std::string text() const;
};

/// What is known of a connection before its first byte, and stays true whatever protocol it turns
/// out to speak.
struct ConnectionOrigin {
  PeerAddress peer{};
  ListenerRole role = ListenerRole::kAll;
  bool secure = false;                                ///< Under TLS.
  std::shared_ptr<const std::string> client_subject;  ///< Of its certificate; null without one.
};

/// One client's connection as its server sees it: a place in the table, a socket, and a protocol
/// that a derived class speaks. A connection may give its place and socket to a successor, when it
/// learns which protocol it is (`HttpServer::Impl::succeed`).
///
/// Shard thread only. Kept alive by the server's table and by its own posted turns; once it has
/// given its place back it touches nothing but itself.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(HttpServer::Impl& server, Socket socket, const ConnectionOrigin& origin,
             std::uint32_t place)
      : server_(&server), socket_(std::move(socket)), origin_(origin), place_(place) {}
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::uint32_t place() const { return place_; }
  const ConnectionOrigin& origin() const { return origin_; }

  /// Begins to wait for the client's first bytes.
  virtual void start() = 0;
  /// The same, to tell it that there are as many connections as there may be; then closes.
  virtual void start_refusing() = 0;
  /// What the socket tells (epoll_ctl(2)); edge-triggered.
  virtual void on_events(std::uint32_t events) = 0;
  /// The wheel has reached an entry of this connection's.
  virtual void on_tick(std::uint64_t entry_tick) = 0;
  /// The server is draining: closes at once if idle, after the answers under way otherwise.
  virtual void drain() = 0;
  /// Closes now; handlers that are working are told.
  virtual void abort() = 0;

 protected:
  friend struct HttpServer::Impl;

  HttpServer::Impl* server_;
  Socket socket_;
  ConnectionOrigin origin_;
  std::uint32_t place_;
};

}  // namespace weir::net
