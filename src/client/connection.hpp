#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "client/socket.hpp"
#include "client/tls.hpp"
#include "client/url.hpp"

namespace weir::client {

/// How a connection to a server is made, beyond where.
struct ConnectionOptions {
  std::shared_ptr<const TlsContext> tls = {};  ///< For https; null: TlsContext::system().
  /// Socket's ConnectOptions::allowed.
  std::function<std::string(const sockaddr&)> allowed = {};
};

/// A connection to a URL's server: plain, or with TLS for https. What a Socket offers, with the
/// same rules; one thread.
class Connection {
 public:
  /// `timeout` is for each of resolving, connecting and the TLS handshake.
  static base::Result<Connection> open(const Url& url, std::chrono::milliseconds timeout,
                                       const ConnectionOptions& options,
                                       const Interrupt* interrupt);
  Connection() = default;
  ~Connection() { close(); }
  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&& other) noexcept;

  /// Begins TLS on a plain connection, as STARTTLS has it: nothing that came before it is believed
  /// any more, so nothing may be unread.
  base::Result<> start_tls(const std::string& host, std::chrono::milliseconds timeout,
                           const ConnectionOptions& options);

  bool is_open() const { return socket_ != nullptr && socket_->is_open(); }
  void close();
  base::Result<Socket::Ready> wait(bool to_write, std::chrono::milliseconds timeout,
                                   int other = -1) const;
  base::Result<std::size_t> read_some(char* buffer, std::size_t size) const;
  base::Result<std::size_t> write_some(std::string_view bytes) const;

  /// Null for a plain connection.
  const TlsSession* tls() const { return tls_.get(); }

 private:
  std::unique_ptr<Socket> socket_;  // Where it is while the session lives.
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace weir::client
