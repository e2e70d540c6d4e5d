#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "net/tls_tickets.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace weir::net {

struct SslDelete {
  void operator()(ssl_st* ssl) const;
};
using SslPointer = std::unique_ptr<ssl_st, SslDelete>;

/// Certificate, key and rules of a server's TLS, loaded and checked; immutable. All shards share
/// one. A connection keeps what it began with, so a new context changes nothing for open ones. Any
/// thread.
class TlsContext {
 public:
  /// Loads the files that the settings name. kBadConfiguration with a detail that names the setting
  /// and the file. `tickets` is shared with other contexts and kept alive.
  static base::Result<std::shared_ptr<const TlsContext>> load(const base::Settings& settings,
                                                              std::shared_ptr<TlsTickets> tickets);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// The server's end of a connection on this descriptor, which is not owned. Null when memory is
  /// out.
  SslPointer accept(int descriptor) const;

  /// When the certificate is not valid any more, in seconds since 1970.
  std::int64_t expires_at() const { return expires_at_; }

 private:
  struct Shared;
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  base::Result<> load_certificate(const base::Settings& settings);
  base::Result<> load_client_ca(const base::Settings& settings);

  ssl_ctx_st* context_;
  std::int64_t expires_at_ = 0;
};

}  // namespace weir::net
