#pragma once

#include <string>

#include "net/channel.hpp"
#include "net/tls_context.hpp"

namespace weir::net {

/// A TLS connection after its handshake. Idle, it holds no buffer of its own and OpenSSL none
/// either (SSL_MODE_RELEASE_BUFFERS); a record that the socket did not take whole is at most 16
/// KiB, held twice: as it is encrypted, by OpenSSL, and here, because OpenSSL wants to see it
/// again.
///
/// Where the kernel encrypts (kTLS), sending goes to the socket, and nothing is ever retained.
class TlsChannel final : public Channel {
 public:
  TlsChannel(SslPointer ssl, int descriptor);

  ssize_t receive(std::span<char> buffer) override;
  std::size_t input_bytes() const override;
  ssize_t send(std::span<const iovec> pieces) override;
  bool retains() const override { return !retained_.empty(); }
  int flush() override;
  void finish_sending() override;

  bool kernel_sends() const { return kernel_sends_; }

 private:
  /// Bytes of the text that OpenSSL has taken, whether the socket has them or not; -1 with errno.
  ssize_t send_record(std::string_view text);

  SslPointer ssl_;
  std::string retained_;
  int descriptor_;
  bool kernel_sends_;
  bool over_ = false;      ///< Nothing follows from the other side.
  bool finished_ = false;  ///< So have we.
};

}  // namespace weir::net
