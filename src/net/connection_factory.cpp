#include "net/connection_factory.hpp"

#include "net/http2_connection.hpp"
#include "net/http_connection.hpp"

namespace weir::net {

std::shared_ptr<Connection> make_connection(ApplicationProtocol protocol, HttpServer::Impl& server,
                                            Socket socket, const ConnectionOrigin& origin,
                                            std::uint32_t place) {
  if (protocol == ApplicationProtocol::kHttp2) {
    return std::make_shared<Http2Connection>(server, std::move(socket), origin, place);
  }
  return std::make_shared<HttpConnection>(server, std::move(socket), origin, place);
}

}  // namespace weir::net
