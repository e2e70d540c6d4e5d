#pragma once

#include "net/handshake.hpp"

namespace weir::net {

/// A connection from a proxy, until its header of the PROXY protocol has told whom it speaks for
/// (proto/proxy_protocol.hpp). The header is looked at in the kernel and taken whole, so that not
/// a byte of what follows is read here: TLS reads from the socket itself.
class ProxyHandshake final : public Handshake {
 public:
  ProxyHandshake(HttpServer::Impl& server, Socket socket, const ConnectionOrigin& origin,
                 std::uint32_t place, bool tls)
      : Handshake(server, std::move(socket), origin, place), tls_(tls) {}

 private:
  void go_on() override;
  void on_timeout() override { server_->metrics.proxy_headers_bad.add(); }
  void refuse();

  bool tls_;
};

}  // namespace weir::net
