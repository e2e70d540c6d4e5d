#pragma once

// For tests: a connection whose bytes are in memory, so that what it does with each of them, and
// with each call, can be seen.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "net/channel.hpp"

namespace weir::net {

/// The client's side, kept outside of the channel, which ends with its connection.
struct MemoryWire {
  std::string_view input;
  std::string output;
  int sends = 0;
  bool full = false;
  bool ended = false;
};

class MemoryChannel final : public Channel {
 public:
  explicit MemoryChannel(MemoryWire& wire) : wire_(wire) {}

  ssize_t receive(std::span<char> buffer) override {
    if (wire_.input.empty() && wire_.ended) return 0;
    if (wire_.input.empty()) {
      errno = EAGAIN;
      return -1;
    }
    const std::size_t taken = std::min(buffer.size(), wire_.input.size());
    std::memcpy(buffer.data(), wire_.input.data(), taken);
    wire_.input.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }
  bool has_input() const override { return !wire_.input.empty(); }
  ssize_t send(std::span<const iovec> pieces) override {
    if (wire_.full) {
      errno = EAGAIN;
      return -1;
    }
    ++wire_.sends;
    std::size_t taken = 0;
    for (const iovec& piece : pieces) {
      wire_.output.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
      taken += piece.iov_len;
    }
    return static_cast<ssize_t>(taken);
  }
  bool retains() const override { return false; }
  int flush() override { return 0; }
  void finish_sending() override {}

 private:
  MemoryWire& wire_;
};

}  // namespace weir::net
