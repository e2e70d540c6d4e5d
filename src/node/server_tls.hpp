#pragma once

#include <memory>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "net/tls_context.hpp"

namespace weir::node {

/// A server's TLS: what new connections use, and the keys of session tickets, which stay the same
/// when certificates are loaded anew. One thread at a time.
class ServerTls {
 public:
  explicit ServerTls(const base::Settings& settings);

  /// Reads certificate and key. kBadConfiguration; what there was before stays.
  base::Result<> load(const base::Settings& settings);
  /// The same if an address of `listen` has TLS, else nothing.
  base::Result<> load_if_used(const base::Settings& settings);

  /// Null while nothing was loaded.
  const std::shared_ptr<const net::TlsContext>& context() const { return context_; }
  net::TlsTickets& tickets() { return *tickets_; }

 private:
  std::shared_ptr<net::TlsTickets> tickets_;
  std::shared_ptr<const net::TlsContext> context_;
};

}  // namespace weir::node
