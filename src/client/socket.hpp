#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "client/interrupt.hpp"

namespace weir::client {

/// A connected TCP socket that is waited for with a timeout. Errors are kNetwork with the system's
/// words. One thread; moving is cheap, destroying closes. `interrupt` may be null and otherwise
/// outlives it.
class Socket {
 public:
  struct Ready {
    bool readable = false;
    bool writable = false;
    bool other = false;  ///< The caller's own descriptor is readable.
  };

  /// Resolves the host (IPv4, IPv6 or a name) and tries its addresses one after the other, each for
  /// at most `timeout`.
  static base::Result<Socket> connect(const std::string& host, const std::string& port,
                                      std::chrono::milliseconds timeout,
                                      const Interrupt* interrupt);

  Socket() = default;
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  bool is_open() const { return descriptor_ >= 0; }
  void close();

  /// Waits until something can be done; nothing ready means that the time is over. A negative
  /// timeout waits for ever. `other` is one more descriptor to wait for, or -1. kNetwork
  /// "interrupted" when the interrupt is triggered.
  base::Result<Ready> wait(bool to_write, std::chrono::milliseconds timeout, int other = -1) const;

  /// What has arrived, at most `size` bytes, without waiting; 0 at the end of the stream. Nothing
  /// there is `kWouldBlock`.
  static constexpr std::size_t kWouldBlock = static_cast<std::size_t>(-1);
  base::Result<std::size_t> read_some(char* buffer, std::size_t size) const;
  /// What fits now, without waiting; or `kWouldBlock`.
  base::Result<std::size_t> write_some(std::string_view bytes) const;

 private:
  explicit Socket(int descriptor, const Interrupt* interrupt)
      : descriptor_(descriptor), interrupt_(interrupt) {}

  int descriptor_ = -1;
  const Interrupt* interrupt_ = nullptr;
};

/// Waits for `delay`; false if the interrupt cut it short.
bool sleep_unless_interrupted(std::chrono::milliseconds delay, const Interrupt* interrupt);

}  // namespace weir::client
