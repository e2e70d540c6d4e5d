#include "client/socket.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "client/resolver.hpp"
#include "client/waiting.hpp"

namespace weir::client {
namespace {

using base::Error;
using base::ErrorCode;
using base::make_error;
using base::Result;
using std::chrono::milliseconds;

Error network(std::string what) { return make_error(ErrorCode::kNetwork, std::move(what)); }

Error system_error(std::string_view doing, int number) {
  return network(fmt::format("{}: {}", doing, std::strerror(number)));
}

/// The error that a non-blocking connect ended with; 0 is success.
int connect_status(int descriptor) {
  int status = 0;
  socklen_t size = sizeof status;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &size) != 0) return errno;
  return status;
}

}  // namespace

Socket::~Socket() { close(); }

Socket::Socket(Socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), interrupt_(other.interrupt_) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    interrupt_ = other.interrupt_;
  }
  return *this;
}

void Socket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Result<Socket> Socket::connect_to(const addrinfo& address, const std::string& doing,
                                  const ConnectOptions& options) {
  const int descriptor =
      ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  if (descriptor < 0) return system_error(doing, errno);
  Socket socket(descriptor, options.interrupt);
  if (::connect(descriptor, address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return system_error(doing, errno);
    const auto ready = socket.wait(true, options.timeout);
    if (!ready) return ready.error();
    const int status = ready->writable ? connect_status(descriptor) : ETIMEDOUT;
    if (status != 0) return system_error(doing, status);
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

Result<Socket> Socket::connect(const std::string& host, const std::string& port,
                               const ConnectOptions& options) {
  const auto addresses = resolve_host(host, port, options.timeout, options.interrupt);
  if (!addresses) return addresses.error();
  const std::string doing = fmt::format("cannot connect to {} port {}", host, port);
  Error last = network(doing);
  for (const addrinfo* address = addresses->get(); address != nullptr; address = address->ai_next) {
    if (options.allowed) {
      // The very address that is connected to: a name that resolves differently the next time
      // changes nothing.
      if (std::string why = options.allowed(*address->ai_addr); !why.empty()) {
        last = network(fmt::format("{}: {}", doing, why));
        continue;
      }
    }
    auto socket = connect_to(*address, doing, options);
    if (socket) return socket;
    last = socket.error();
    if (options.interrupt != nullptr && options.interrupt->triggered()) break;
  }
  return last;
}

Result<Socket::Ready> Socket::wait(bool to_write, milliseconds timeout, int other) const {
  // poll() skips negative descriptors.
  std::array<pollfd, 3> entries = {
      pollfd{descriptor_, static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN), 0},
      pollfd{interrupt_ == nullptr ? -1 : interrupt_->descriptor(), POLLIN, 0},
      pollfd{other, POLLIN, 0}};
  if (poll_until(entries.data(), entries.size(), timeout) < 0) {
    return system_error("cannot wait", errno);
  }
  if (entries[1].revents != 0) return network("interrupted");
  Ready ready;
  // Errors and hang-ups show when reading or writing.
  constexpr int kTrouble = POLLERR | POLLHUP;
  ready.readable = (entries[0].revents & (POLLIN | kTrouble)) != 0;
  ready.writable = to_write && (entries[0].revents & (POLLOUT | kTrouble)) != 0;
  ready.other = entries[2].revents != 0;
  return ready;
}

Result<std::size_t> Socket::read_some(char* buffer, std::size_t size) const {
  for (;;) {
    const ssize_t n = ::recv(descriptor_, buffer, size, 0);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{kWouldBlock};
    return system_error("the connection broke", errno);
  }
}

Result<std::size_t> Socket::write_some(std::string_view bytes) const {
  for (;;) {
    const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{kWouldBlock};
    return system_error("the connection broke", errno);
  }
}

}  // namespace weir::client
