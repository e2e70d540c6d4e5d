#pragma once

#include "base/error.hpp"
#include "base/settings.hpp"
#include "net/http_message.hpp"

namespace weir::api {

/// Adds what every answer has: what its origin is due (cors.hpp), and the security headers. What
/// the response has already of these stays.
void add_common_headers(const net::RequestHead& request, const base::Settings& settings,
                        net::Response& response);

/// Headers that keep a browser from making more of an answer than it is.
void add_security_headers(net::Response& response);

/// An error as application/problem+json, with `Retry-After` as the error says and, for 401 and 403,
/// `WWW-Authenticate` (RFC 6750, 3): bare where nothing was shown, else with the error's code.
net::Response problem_answer(const base::Error& error);

}  // namespace weir::api
