#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "net/channel.hpp"
#include "net/socket_calls.hpp"

namespace weir::net {

/// A connected, non-blocking socket, plain or under a Channel. Owns both; closing is final and
/// silent. Shard thread only.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor, std::unique_ptr<Channel> channel = nullptr)
      : descriptor_(descriptor), channel_(std::move(channel)) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), channel_(std::move(other.channel_)) {}
  Socket& operator=(Socket&& other) noexcept {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    channel_ = std::move(other.channel_);
    return *this;
  }

  int descriptor() const { return descriptor_; }
  Channel* channel() const { return channel_.get(); }
  bool is_open() const { return descriptor_ >= 0; }

  ssize_t receive(std::span<char> buffer) const {
    return receive_from(descriptor_, channel_.get(), buffer);
  }
  /// Whether a channel has more, or its end, of which no edge will tell.
  bool has_input() const { return channel_ != nullptr && channel_->input_bytes() > 0; }
  /// Whether bytes wait in the kernel.
  bool has_unread() const;
  /// Fewer bytes than there are mean that the socket is full; so does `retains`.
  ssize_t send(std::span<const iovec> pieces) const {
    return send_to(descriptor_, channel_.get(), pieces);
  }
  bool retains() const { return channel_ != nullptr && channel_->retains(); }
  int flush() const { return channel_ != nullptr ? channel_->flush() : 0; }
  /// As net::drop_incoming.
  bool drop_incoming(std::size_t bytes_max = 1 << 20, std::size_t* dropped = nullptr) const {
    return drop_from(descriptor_, channel_.get(), bytes_max, dropped);
  }
  /// Closes our half.
  void finish_sending() const;

  void close();
  /// Gives the parts away.
  std::pair<int, std::unique_ptr<Channel>> release() {
    return {std::exchange(descriptor_, -1), std::move(channel_)};
  }

  // The same for who keeps the parts apart (StreamTable). `channel` may be null.
  static ssize_t receive_from(int descriptor, Channel* channel, std::span<char> buffer);
  static ssize_t send_to(int descriptor, Channel* channel, std::span<const iovec> pieces) {
    return channel != nullptr ? channel->send(pieces) : send_pieces(descriptor, pieces);
  }
  static bool drop_from(int descriptor, Channel* channel, std::size_t bytes_max,
                        std::size_t* dropped);

 private:
  int descriptor_ = -1;
  std::unique_ptr<Channel> channel_;
};

}  // namespace weir::net
