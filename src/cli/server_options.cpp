#include "cli/server_options.hpp"

#include <algorithm>
#include <utility>

namespace weir::cli {

using base::ErrorCode;
using base::make_error;

void ServerOptions::add_to(CLI::App& command) {
  command.add_option("--url", url, "The server. Default: " + url + ", or what WEIR_URL says.")
      ->envname("WEIR_URL")
      ->type_name("URL");
  add_credentials_to(command);
}

void ServerOptions::add_credentials_to(CLI::App& command) {
  command
      .add_option("--token", token,
                  "Sent as \"Authorization: Bearer\" to the server and to nobody it redirects to. "
                  "Better given by WEIR_TOKEN: other users see a command line.")
      ->envname("WEIR_TOKEN")
      ->type_name("TOKEN");
  command
      .add_option("--ca", ca,
                  "Trust the certificates in this file (PEM) instead of the system's. WEIR_CA sets "
                  "it too.")
      ->envname("WEIR_CA")
      ->type_name("FILE");
  command.add_flag("--insecure-tls", insecure_tls,
                   "Believe whoever answers: the server's certificate is not checked at all.");
}

base::Result<> ServerOptions::check() const {
  const bool printable =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable) {
    return make_error(ErrorCode::kUsage,
                      "--token: holds what no token holds (a space or the like)");
  }
  if (insecure_tls && !ca.empty()) {
    return make_error(ErrorCode::kUsage, "give either --ca or --insecure-tls");
  }
  return {};
}

base::Result<client::ConnectionOptions> ServerOptions::connection(
    std::vector<std::string> protocols) const {
  // Nothing said: the program's own context, made when there is something to connect to.
  const bool usual = protocols.size() == 1 && protocols.front() == "http/1.1";
  if (ca.empty() && !insecure_tls && usual) return client::ConnectionOptions{};
  auto tls = client::TlsContext::make(
      {.ca_file = ca, .verify = !insecure_tls, .protocols = std::move(protocols)});
  if (!tls) return tls.error();
  return client::ConnectionOptions{.tls = std::move(*tls)};
}

client::Headers ServerOptions::headers() const {
  if (token.empty()) return {};
  return {{"Authorization", "Bearer " + token}};
}

base::Result<ServerAccess> server_access(const ServerOptions& options) {
  if (auto good = options.check(); !good) return good.error();
  auto url = client::parse_url(options.url);
  if (!url) return url.error();
  auto connection = options.connection();
  if (!connection) return connection.error();
  return ServerAccess{std::move(*url), std::move(*connection), options.headers()};
}

}  // namespace weir::cli
