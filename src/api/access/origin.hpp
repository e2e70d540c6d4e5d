#pragma once

#include <string_view>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "net/http_message.hpp"

namespace weir::api {

/// The origin of a URL: all before its path.
std::string_view origin_of(std::string_view url);

/// What a web page that runs in a visitor's browser may make of the visitor's place: on this
/// machine, or with the visitor's cookie. A program can send any header, so none of this keeps
/// programs out; it keeps pages from using what is not theirs. Any thread.

/// Whether a request can change something: any method but GET, HEAD and OPTIONS, and the beginning
/// of a WebSocket, which no rule of the browser's keeps to its own origin.
bool needs_origin_check(const net::RequestHead& head);

/// kForeignOrigin unless the request comes from a page of this server (its Origin has the request's
/// own Host), from an allowed origin, or from no page. Where a browser sends no Origin, Referer and
/// then Sec-Fetch-Site decide.
base::Result<> check_origin(const net::RequestHead& head, const base::Settings& settings);

/// As above for a request whose only credential is a cookie: one that can change something must say
/// where it comes from.
base::Result<> check_cookie_origin(const net::RequestHead& head, const base::Settings& settings);

/// kForeignOrigin if the Host is a name that could be anybody's: one that holds a dot, and is
/// neither below localhost nor in `allowed_host`. A name without a dot, or an address, cannot be
/// made to point here by a stranger (docs/decisions/open-on-loopback.md).
base::Result<> check_host(const net::RequestHead& head, const base::Settings& settings);

}  // namespace weir::api
