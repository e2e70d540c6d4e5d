#include "common/socket.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "common/fatal.hpp"

namespace weir::bench {
namespace {

void set_option(int descriptor, int level, int name, int value) {
  if (setsockopt(descriptor, level, name, &value, sizeof value) != 0) fatal_errno("setsockopt");
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int stream_socket() {
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fatal_errno("socket");
  return descriptor;
}

}  // namespace

sockaddr_in parse_address(const std::string& text) {
  size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    fatal("not an IPv4 address and port: " + text);
  }
  int port = std::atoi(text.c_str() + colon + 1);
  if (port < 0 || port > 65535) fatal("not a port: " + text);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int listen_on(const sockaddr_in& address) {
  int descriptor = stream_socket();
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind(descriptor, generic(address), sizeof address) != 0) fatal_errno("bind");
  if (listen(descriptor, 4096) != 0) fatal_errno("listen");
  return descriptor;
}

int start_connect(const sockaddr_in& address, in_addr_t source) {
  int descriptor = stream_socket();
  send_without_delay(descriptor);
  if (source != 0) {
    set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = source;
    if (bind(descriptor, generic(local), sizeof local) != 0)
      fatal_errno("bind of a source address");
  }
  if (connect(descriptor, generic(address), sizeof address) != 0 && errno != EINPROGRESS) {
    fatal_errno("connect");
  }
  return descriptor;
}

void send_without_delay(int descriptor) { set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1); }

void close_by_reset(int descriptor) {
  linger at_once{1, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(descriptor);
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace weir::bench
