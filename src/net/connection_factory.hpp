#pragma once

#include <cstdint>
#include <memory>

#include "net/connection.hpp"

namespace weir::net {

/// What a connection speaks once it is known: by ALPN under TLS (RFC 7301), else HTTP/1.1, whose
/// connection finds HTTP/2's preface by itself.
enum class ApplicationProtocol : std::uint8_t { kHttp1, kHttp2 };

/// A connection that has not been started. It has taken the socket; the place is the caller's to
/// give it. Shard thread.
std::shared_ptr<Connection> make_connection(ApplicationProtocol protocol, HttpServer::Impl& server,
                                            Socket socket, const ConnectionOrigin& origin,
                                            std::uint32_t place);

}  // namespace weir::net
