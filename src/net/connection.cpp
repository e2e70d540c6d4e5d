#include "net/connection.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <cstring>

namespace weir::net {

std::optional<base::AddressBytes> PeerAddress::bytes() const {
  base::AddressBytes bytes{};
  switch (any.sa_family) {
    case AF_INET6:
      std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
      return bytes;
    case AF_INET:
      bytes[10] = bytes[11] = 0xff;
      std::memcpy(bytes.data() + 12, &v4.sin_addr, 4);
      return bytes;
    default:
      return std::nullopt;
  }
}

std::string PeerAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  switch (any.sa_family) {
    case AF_INET6:
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
      return fmt::format("[{}]:{}", text.data(), ntohs(v6.sin6_port));
    case AF_INET:
      ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
      return fmt::format("{}:{}", text.data(), ntohs(v4.sin_port));
    default:
      return "unix";
  }
}

}  // namespace weir::net
