#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::client {

/// An http URL, cut as a client needs it.
struct Url {
  std::string host;       ///< To resolve: without the brackets of an IPv6 address.
  std::string port;       ///< "80" if the URL names none.
  std::string authority;  ///< For the Host header: the host and, if it is not 80, the port.
  std::string target;     ///< Path and query, as sent; at least "/".

  /// Scheme, host and port are what decides who gets an Authorization header.
  bool same_origin(const Url& other) const { return host == other.host && port == other.port; }
  std::string text() const { return "http://" + authority + target; }
};

/// Reads an absolute http URL; a fragment is dropped. kUsage for anything else; https is named in
/// the error, because it is not built in yet.
base::Result<Url> parse_url(std::string_view text);

/// What `reference` (a Location header) means on the page at `base` (RFC 3986, 5). kNetwork if it
/// is bad.
base::Result<Url> resolve(const Url& base, std::string_view reference);

/// The URL of `path` on the server that `url` names: a path of its own stays in front, its query
/// goes.
Url with_path(const Url& url, std::string_view path);

}  // namespace weir::client
