#pragma once

#include <memory>
#include <string_view>

#include "net/handshake.hpp"
#include "net/tls_context.hpp"

namespace weir::net {

/// A connection until TLS is agreed on (RFC 8446, 4; RFC 5246, 7.3). A client that speaks HTTP
/// instead is told so in HTTP.
class TlsHandshake final : public Handshake {
 public:
  TlsHandshake(HttpServer::Impl& server, Socket socket, const ConnectionOrigin& origin,
               std::uint32_t place, std::shared_ptr<const TlsContext> context);

 private:
  void go_on() override;
  void on_timeout() override { count(TlsFailure::kTimeout); }

  bool look_at_first_byte();
  void refuse_plain_http();
  void succeed();
  void fail(TlsFailure failure);
  void count(TlsFailure failure);

  std::shared_ptr<const TlsContext> context_;  // Its callbacks are called during the handshake.
  SslPointer ssl_;                             // Made when the first byte has come.
};

}  // namespace weir::net
