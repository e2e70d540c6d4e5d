#pragma once

#include "base/settings.hpp"
#include "net/http_message.hpp"

namespace weir::api {

/// Cross-origin resource sharing (WHATWG Fetch, "HTTP extensions"): only origins that the settings
/// name exactly are let in; with credentials the answer never holds `*`. Any thread.

/// Adds what a request's `Origin` is due to an answer. A request without one needs nothing.
void add_cors_headers(const net::RequestHead& request, const base::Settings& settings,
                      net::Response& response);

/// Whether an OPTIONS request asks for permission on behalf of a page.
bool is_preflight(const net::RequestHead& request);

/// The answer to a preflight, for a path that takes `methods` ("GET, POST").
net::Response preflight_response(const net::RequestHead& request, const base::Settings& settings,
                                 const std::string& methods);

}  // namespace weir::api
