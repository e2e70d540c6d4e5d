#include "net/socket.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace weir::net {

ssize_t Socket::receive_from(int descriptor, Channel* channel, std::span<char> buffer) {
  if (channel != nullptr) return channel->receive(buffer);
  for (;;) {
    const ssize_t got = ::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got >= 0 || errno != EINTR) return got;
  }
}

bool Socket::drop_from(int descriptor, Channel* channel, std::size_t bytes_max,
                       std::size_t* dropped) {
  if (channel == nullptr) return net::drop_incoming(descriptor, bytes_max, dropped);
  // Records have to be read to be dropped: keys may change in them, and the end is one of them.
  std::array<char, 16 * 1024> scratch;
  for (std::size_t total = 0; total < bytes_max;) {
    const ssize_t got = channel->receive(scratch);
    if (got == 0) return false;
    if (got < 0) return would_block(errno);
    total += static_cast<std::size_t>(got);
    if (dropped != nullptr) *dropped += static_cast<std::size_t>(got);
  }
  return true;
}

bool Socket::has_unread() const {
  int unread = 0;
  return ::ioctl(descriptor_, FIONREAD, &unread) == 0 && unread > 0;
}

void Socket::finish_sending() const {
  if (channel_ != nullptr) channel_->finish_sending();
  ::shutdown(descriptor_, SHUT_WR);
}

void Socket::close() {
  channel_.reset();
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace weir::net
