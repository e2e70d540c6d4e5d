#pragma once

// TLS for the client, by OpenSSL: 1.2 and later, the peer's certificate and name verified unless
// told otherwise.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "client/socket.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace weir::client {

struct TlsOptions {
  std::string ca_file = {};  ///< PEM; instead of the system's certificates.
  bool verify = true;        ///< False: whoever answers is believed.
  /// Offered by ALPN (RFC 7301), the favourite first.
  std::vector<std::string> protocols{"http/1.1"};
};

/// What connections have in common: trusted certificates and protocol versions. Immutable once
/// made; any thread.
class TlsContext {
 public:
  /// kUsage when the file of certificates cannot be used.
  static base::Result<std::shared_ptr<const TlsContext>> make(const TlsOptions& options);
  /// The system's certificates, made on first use; lives as long as the program.
  static const std::shared_ptr<const TlsContext>& system();
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  TlsContext(ssl_ctx_st* context, bool verify) : context_(context), verify_(verify) {}

  ssl_ctx_st* context_;
  bool verify_;
};

/// The TLS of one connection, over a socket that it is lent with each call. One thread. Errors are
/// kNetwork; after one, the connection is of no more use.
class TlsSession {
 public:
  /// Shakes hands. `host` is what the certificate must be for: a name, which is also sent (SNI), or
  /// an address. `socket` must stay where it is while the session lives.
  static base::Result<std::unique_ptr<TlsSession>> connect(
      const std::shared_ptr<const TlsContext>& context, const Socket& socket,
      const std::string& host, std::chrono::milliseconds timeout);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// As Socket's. Reading may have to write first and the other way round: `wants_write` and
  /// `wants_read` say what to wait for besides.
  base::Result<std::size_t> read_some(char* buffer, std::size_t size);
  base::Result<std::size_t> write_some(std::string_view bytes);
  bool read_wants_write() const { return read_wants_write_; }
  /// Bytes that the socket has given up but nobody has read yet.
  bool pending() const;

  /// The protocol agreed on by ALPN; "" if none was.
  std::string protocol() const;
  std::string version() const;  ///< "TLSv1.3"
  /// Says goodbye (close_notify), as far as the socket takes it now.
  void close();

 private:
  TlsSession(std::shared_ptr<const TlsContext> context, ssl_st* ssl)
      : context_(std::move(context)), ssl_(ssl) {}
  base::Result<> shake_hands(const Socket& socket, const std::string& host,
                             std::chrono::milliseconds timeout);
  base::Error failure(std::string_view doing, int error) const;

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_;
  bool read_wants_write_ = false;
};

}  // namespace weir::client
