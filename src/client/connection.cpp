#include "client/connection.hpp"

#include <utility>

namespace weir::client {

using base::Result;
using std::chrono::milliseconds;

Result<Connection> Connection::open(const Url& url, milliseconds timeout,
                                    const ConnectionOptions& options, const Interrupt* interrupt) {
  auto socket = Socket::connect(
      url.host, url.port, {.timeout = timeout, .interrupt = interrupt, .allowed = options.allowed});
  if (!socket) return socket.error();
  Connection connection;
  connection.socket_ = std::make_unique<Socket>(std::move(*socket));
  if (url.secure) {
    if (auto secured = connection.start_tls(url.host, timeout, options); !secured) {
      return secured.error();
    }
  }
  return connection;
}

Result<> Connection::start_tls(const std::string& host, milliseconds timeout,
                               const ConnectionOptions& options) {
  auto tls = TlsSession::connect(options.tls ? options.tls : TlsContext::system(), *socket_, host,
                                 timeout);
  if (!tls) return tls.error();
  tls_ = std::move(*tls);
  return {};
}

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this != &other) {
    close();
    socket_ = std::move(other.socket_);
    tls_ = std::move(other.tls_);
  }
  return *this;
}

void Connection::close() {
  if (tls_) tls_->close();
  tls_.reset();
  if (socket_) socket_->close();
}

Result<Socket::Ready> Connection::wait(bool to_write, milliseconds timeout, int other) const {
  // Without a connection there are still the interrupt and the other descriptor to wait for.
  if (socket_ == nullptr) return Socket().wait(to_write, timeout, other);
  if (tls_ == nullptr) return socket_->wait(to_write, timeout, other);
  if (tls_->pending()) return Socket::Ready{.readable = true};
  auto ready = socket_->wait(to_write || tls_->read_wants_write(), timeout, other);
  // What reading waits for may be that the socket takes bytes.
  if (ready && ready->writable && tls_->read_wants_write()) ready->readable = true;
  return ready;
}

Result<std::size_t> Connection::read_some(char* buffer, std::size_t size) const {
  return tls_ ? tls_->read_some(buffer, size) : socket_->read_some(buffer, size);
}

Result<std::size_t> Connection::write_some(std::string_view bytes) const {
  return tls_ ? tls_->write_some(bytes) : socket_->write_some(bytes);
}

}  // namespace weir::client
