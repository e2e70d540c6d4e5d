#include "net/listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include "net/socket_calls.hpp"

namespace weir::net {
namespace {

constexpr int kBacklog = 4096;  // A storm of reconnects overflows the usual 128.

struct HostAndPort {
  std::string host;
  std::string port;
};

/// getaddrinfo would take 99999 and use the lower 16 bits of it.
bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

base::Result<HostAndPort> split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || !is_port(std::string_view(address).substr(colon + 1))) {
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            fmt::format("'{}' is not host:port", address));
  }
  HostAndPort parts{address.substr(0, colon), address.substr(colon + 1)};
  if (parts.host.starts_with('[') && parts.host.ends_with(']')) {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  } else if (parts.host.find(':') != std::string::npos) {
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            fmt::format("'{}': an IPv6 address needs brackets", address));
  }
  return parts;
}

/// Whether nobody listens there. Without SO_REUSEPORT a bind fails beside one who does.
bool is_free(const addrinfo& info) {
  const int descriptor =
      ::socket(info.ai_family, info.ai_socktype | SOCK_CLOEXEC, info.ai_protocol);
  if (descriptor < 0) return true;  // For the real attempt to tell.
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (info.ai_family == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const bool free = ::bind(descriptor, info.ai_addr, info.ai_addrlen) == 0;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return free;
}

/// A listening descriptor or -1 with errno.
int listen_on(const addrinfo& info, bool first) {
  if (first && !is_free(info)) return -1;
  const int descriptor =
      ::socket(info.ai_family, info.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, info.ai_protocol);
  if (descriptor < 0) return -1;
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
  // ":80" means every address of both families.
  if (info.ai_family == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(descriptor, info.ai_addr, info.ai_addrlen) != 0 ||
      ::listen(descriptor, kBacklog) != 0) {
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
  }
  return descriptor;
}

}  // namespace

base::Result<int> open_listener(const std::string& address, bool first) {
  const auto parts = split(address);
  if (!parts) return parts.error();

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(parts->host.empty() ? nullptr : parts->host.c_str(),
                                    parts->port.c_str(), &hints, &found);
  if (failure != 0) {
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            fmt::format("'{}': {}", address, ::gai_strerror(failure)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  int descriptor = -1;
  // For all addresses IPv6 first, which takes IPv4 along where the machine has both.
  const std::array families =
      parts->host.empty() ? std::array{AF_INET6, AF_INET} : std::array{AF_UNSPEC, AF_UNSPEC};
  for (const int family : families) {
    for (const addrinfo* info = found; info != nullptr && descriptor < 0; info = info->ai_next) {
      if (family == AF_UNSPEC || info->ai_family == family) descriptor = listen_on(*info, first);
    }
  }
  if (descriptor < 0) {
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            fmt::format("'{}': {}", address, std::strerror(errno)));
  }
  return descriptor;
}

std::string listener_address(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(descriptor, generic, &size) != 0 ||
      ::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  return address.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host.data(), port.data())
                                       : fmt::format("{}:{}", host.data(), port.data());
}

}  // namespace weir::net
