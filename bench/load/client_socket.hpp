#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string_view>

#include "load/target.hpp"

namespace weir::bench {

// A non-blocking connection to the server under test, with TLS over it or without. Closes by reset.
class ClientSocket {
 public:
  enum class Progress { kDone, kWantsRead, kWantsWrite, kBroken };

  ClientSocket() = default;
  ~ClientSocket() { close(); }
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  // Starts to connect. `source` as in start_connect(); `http2` is what TLS offers by ALPN.
  void connect(const Target& target, in_addr_t source, bool http2);
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  // Goes on with the handshake of TLS; to be called again when what it wants has come. Without TLS
  // there is none: the first write() waits for the connection.
  Progress establish();
  // Whether TLS agreed upon HTTP/2; without TLS it is known beforehand, so yes.
  bool speaks_http2() const;

  // As recv() and send(): bytes, 0 at the end, or -1 with errno, which is EAGAIN when there is
  // nothing now. After a read that filled `size` there may be more that epoll does not report.
  ssize_t read(char* into, size_t size);
  ssize_t write(std::string_view bytes);

  void close();

 private:
  int descriptor_ = -1;
  SSL* tls_ = nullptr;
};

}  // namespace weir::bench
