#pragma once

#include <string>

#include "base/settings.hpp"
#include "net/http_message.hpp"

namespace weir::api {

/// What a request shows of who it is from.
struct Credentials {
  enum class From { kNone, kHeader, kQuery, kCookie, kSession };
  From from = From::kNone;
  std::string text;  ///< A token or an API key. Never to be logged or answered.
  /// A token stood in the query, where none is taken.
  bool refused_in_query = false;
};

/// `Authorization: Bearer` (RFC 6750, 2.1), then `X-Api-Key`, then, where the settings allow it,
/// `access_token=` and `authorization=` in the query (RFC 6750, 2.3) and the cookie; last, a
/// session's own cookie. An Authorization of another scheme is somebody else's, such as a proxy's.
/// kBadRequest if a header comes twice. Any thread.
base::Result<Credentials> read_credentials(const net::RequestHead& head,
                                           const base::Settings& settings);

}  // namespace weir::api
