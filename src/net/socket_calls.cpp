#include "net/socket_calls.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::net {

namespace {

ssize_t send_some(int descriptor, std::span<const iovec> pieces) {
  for (;;) {
    ssize_t sent;
    if (pieces.size() == 1) {
      sent = ::send(descriptor, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces.data());
      message.msg_iovlen = pieces.size();
      sent = ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (sent >= 0 || errno != EINTR) return sent;
  }
}

std::size_t bytes_of(std::span<const iovec> pieces) {
  std::size_t bytes = 0;
  for (const iovec& piece : pieces) bytes += piece.iov_len;
  return bytes;
}

}  // namespace

ssize_t send_pieces(int descriptor, std::span<const iovec> pieces) {
  // What sendmsg takes at once.
  constexpr std::size_t kPiecesMax = 1024;
  ssize_t total = 0;
  while (pieces.size() > kPiecesMax) {
    const auto some = pieces.first(kPiecesMax);
    const ssize_t sent = send_some(descriptor, some);
    if (sent < 0) return total > 0 ? total : sent;
    total += sent;
    if (static_cast<std::size_t>(sent) < bytes_of(some)) return total;
    pieces = pieces.subspan(kPiecesMax);
  }
  const ssize_t sent = send_some(descriptor, pieces);
  if (sent < 0) return total > 0 ? total : sent;
  return total + sent;
}

bool drop_incoming(int descriptor, std::size_t bytes_max, std::size_t* dropped) {
  constexpr std::size_t kStep = 256 * 1024;
  std::array<char, 16 * 1024> scratch;
  bool copies = false;
  for (std::size_t total = 0; total < bytes_max;) {
    const std::size_t left = bytes_max - total;
    // MSG_TRUNC on TCP discards instead of copying (tcp(7)); a UNIX socket copies all the same.
    const ssize_t got =
        copies ? ::recv(descriptor, scratch.data(), std::min(scratch.size(), left), MSG_DONTWAIT)
               : ::recv(descriptor, nullptr, std::min(kStep, left), MSG_TRUNC | MSG_DONTWAIT);
    if (got == 0) return false;
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EFAULT && !std::exchange(copies, true)) continue;
      return would_block(errno);
    }
    total += static_cast<std::size_t>(got);
    if (dropped != nullptr) *dropped += static_cast<std::size_t>(got);
  }
  return true;
}

void set_option(int descriptor, int level, int name, int value) {
  ::setsockopt(descriptor, level, name, &value, sizeof value);
}

}  // namespace weir::net
