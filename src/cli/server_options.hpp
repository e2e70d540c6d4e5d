#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "client/http_client.hpp"

namespace weir::cli {

/// Where a command's server is and how to speak to it: `--url`, `--token`, `--ca`,
/// `--insecure-tls`. The token is a secret: it goes into requests and nowhere else.
struct ServerOptions {
  std::string url = "http://127.0.0.1:3000";
  std::string token;
  std::string ca;
  bool insecure_tls = false;

  /// Adds the options; WEIR_URL, WEIR_TOKEN and WEIR_CA set them too.
  void add_to(CLI::App& command);
  /// The same but for `--url`, for commands to which the URL is an argument.
  void add_credentials_to(CLI::App& command);

  /// kUsage for a token that no header can hold.
  base::Result<> check() const;
  /// How to connect. kUsage if the certificates cannot be used.
  base::Result<client::ConnectionOptions> connection(std::vector<std::string> protocols = {
                                                         "http/1.1"}) const;
  /// Authorization, if there is a token; for the URL's own origin only.
  client::Headers headers() const;
};

/// All of the above, ready for use.
struct ServerAccess {
  client::Url url;
  client::ConnectionOptions connection;
  client::Headers headers;
};
base::Result<ServerAccess> server_access(const ServerOptions& options);

}  // namespace weir::cli
