#include "net/listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

namespace {

base::Error refused(const std::string& path, std::string_view why) {
  return base::make_error(base::ErrorCode::kBadConfiguration,
                          fmt::format("'unix:{}': {}", path, why));
}

int unix_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

/// Removes a socket's file that nobody listens behind.
base::Result<> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? base::Result<>() : refused(path, std::strerror(errno));
  }
  if (!S_ISSOCK(found.st_mode)) return refused(path, "something stands there that is no socket");
  const int probe = unix_socket();
  if (probe < 0) return refused(path, std::strerror(errno));
  const bool answered =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::close(probe);
  // EAGAIN: somebody listens, with a full backlog.
  if (answered || would_block(error)) return refused(path, std::strerror(EADDRINUSE));
  if (error != ECONNREFUSED) return refused(path, std::strerror(error));
  if (::unlink(path.c_str()) != 0) return refused(path, std::strerror(errno));
  return {};
}

}  // namespace

base::Result<int> open_unix_listener(const std::string& path, unsigned mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return refused(path, "the path is too long");
  path.copy(address.sun_path, path.size());
  if (auto removed = remove_stale(path, address); !removed) return removed.error();
  const int descriptor = unix_socket();
  if (descriptor < 0) return refused(path, std::strerror(errno));
  // The file is made with what this and the umask both allow: never with more than `mode`.
  ::fchmod(descriptor, mode);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), mode) != 0 || ::listen(descriptor, kBacklog) != 0) {
    const int error = errno;
    ::close(descriptor);
    return refused(path, std::strerror(error));
  }
  return descriptor;
}

bool listens_on(int descriptor, const std::string& address) {
  const auto parts = split(address);
  const std::string bound = listener_address(descriptor);
  const auto bound_parts = split(bound);
  if (!parts || !bound_parts || parts->port != bound_parts->port) return false;
  if (parts->host.empty()) return bound_parts->host == "::" || bound_parts->host == "0.0.0.0";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(parts->host.c_str(), nullptr, &hints, &found) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    std::array<char, NI_MAXHOST> host{};
    if (::getnameinfo(info->ai_addr, info->ai_addrlen, host.data(), host.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0 &&
        bound_parts->host == host.data()) {
      return true;
    }
  }
  return false;
}

std::string listener_address(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(descriptor, generic, &size) != 0) return {};
  if (address.ss_family == AF_UNIX) {
    return fmt::format("unix:{}", reinterpret_cast<const sockaddr_un*>(&address)->sun_path);
  }
  if (::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  return address.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host.data(), port.data())
                                       : fmt::format("{}:{}", host.data(), port.data());
}

}  // namespace weir::net
