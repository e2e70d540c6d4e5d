#include "node/server_tls.hpp"

#include <algorithm>

#include "base/listen_address.hpp"

namespace weir::node {

ServerTls::ServerTls(const base::Settings& settings)
    : tickets_(std::make_shared<net::TlsTickets>(settings.tls_ticket_rotation)) {}

base::Result<> ServerTls::load(const base::Settings& settings) {
  auto loaded = net::TlsContext::load(settings, tickets_);
  if (!loaded) return loaded.error();
  context_ = std::move(*loaded);
  return {};
}

base::Result<> ServerTls::load_if_used(const base::Settings& settings) {
  const bool used =
      std::any_of(settings.listen.begin(), settings.listen.end(), [](const std::string& text) {
        const auto address = base::parse_listen(text);
        return address && address->tls;
      });
  return used ? load(settings) : base::Result<>();
}

}  // namespace weir::node
