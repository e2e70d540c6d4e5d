#include "net/proxy_handshake.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "proto/proxy_protocol.hpp"

namespace weir::net {
namespace {

PeerAddress address_of(const proto::ProxySource& source) {
  PeerAddress peer{};
  if (source.is_v4) {
    peer.v4.sin_family = AF_INET;
    peer.v4.sin_port = htons(source.port);
    std::memcpy(&peer.v4.sin_addr, source.address.data() + 12, 4);
  } else {
    peer.v6.sin6_family = AF_INET6;
    peer.v6.sin6_port = htons(source.port);
    std::memcpy(&peer.v6.sin6_addr, source.address.data(), source.address.size());
  }
  return peer;
}

}  // namespace

void ProxyHandshake::go_on() {
  auto& buffer = server_->read_buffer;
  const std::size_t size = std::min(buffer.size(), proto::kProxyHeaderBytesMax);
  const ssize_t seen = ::recv(socket_.descriptor(), buffer.data(), size, MSG_PEEK | MSG_DONTWAIT);
  if (seen < 0 && (would_block(errno) || errno == EINTR)) return;
  // A proxy that looks whether the port is open.
  if (seen <= 0) return close();
  const auto parsed = proto::parse_proxy_header({buffer.data(), static_cast<std::size_t>(seen)});
  if (!parsed) return refuse();
  if (!*parsed) return;
  const proto::ProxyHeader& header = **parsed;
  if (::recv(socket_.descriptor(), buffer.data(), header.bytes, MSG_DONTWAIT) !=
      static_cast<ssize_t>(header.bytes)) {
    return close();
  }
  server_->metrics.proxy_headers.add();
  if (header.source) origin_.peer = address_of(*header.source);
  hand_over(server_->make_transport(tls_, std::move(socket_), origin_, place_));
}

void ProxyHandshake::refuse() {
  server_->metrics.proxy_headers_bad.add();
  close();
}

}  // namespace weir::net
