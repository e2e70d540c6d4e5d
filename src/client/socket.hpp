#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "client/interrupt.hpp"

namespace weir::client {

struct ConnectOptions {
  std::chrono::milliseconds timeout{10'000};  ///< For the name, and for each address.
  const Interrupt* interrupt = nullptr;       ///< Outlives the socket.
  /// Says why an address must not be connected to, or "". Asked about every address right before
  /// the connection is made; null: all may.
  std::function<std::string(const sockaddr&)> allowed = {};
};

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

  /// Resolves the host (IPv4, IPv6 or a name) and tries its addresses one after the other, those
  /// that `options` allow, each for at most the timeout.
  static base::Result<Socket> connect(const std::string& host, const std::string& port,
                                      const ConnectOptions& options);

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
  static base::Result<Socket> connect_to(const addrinfo& address, const std::string& doing,
                                         const ConnectOptions& options);
  explicit Socket(int descriptor, const Interrupt* interrupt)
      : descriptor_(descriptor), interrupt_(interrupt) {}

  int descriptor_ = -1;
  const Interrupt* interrupt_ = nullptr;
};

}  // namespace weir::client
