#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::client {

/// An http or https URL, cut as a client needs it.
struct Url {
  std::string host;  ///< To resolve: without the brackets of an IPv6 address.
  std::string port;  ///< "80" or "443" if the URL names none.
  std::string
      authority;        ///< For the Host header: the host and, if it is not the scheme's, the port.
  std::string target;   ///< Path and query, as sent; at least "/".
  bool secure = false;  ///< https.

  /// Scheme, host and port are what decides who gets an Authorization header.
  bool same_origin(const Url& other) const {
    return secure == other.secure && host == other.host && port == other.port;
  }
  std::string origin() const { return (secure ? "https://" : "http://") + authority; }
  std::string text() const { return origin() + target; }
};

/// Reads an absolute http or https URL; a fragment is dropped. kUsage for anything else.
base::Result<Url> parse_url(std::string_view text);

/// What `reference` (a Location header) means on the page at `base` (RFC 3986, 5). kNetwork if it
/// is bad.
base::Result<Url> resolve(const Url& base, std::string_view reference);

/// The URL of `path` on the server that `url` names: a path of its own stays in front, its query
/// goes.
Url with_path(const Url& url, std::string_view path);

}  // namespace weir::client
