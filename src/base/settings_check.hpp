#pragma once

#include <string>
#include <string_view>

namespace weir::base {

// What a text setting must look like beyond being text. Each returns what is wrong, for people, or
// "".

/// "host:port" with a port from 0 to 65535: "127.0.0.1:3000", "[::1]:0", ":80" for all addresses.
std::string check_host_port(std::string_view address);

/// What base::parse_listen reads.
std::string check_listen(std::string_view address);

/// An address or a block of addresses, "10.0.0.0/8".
std::string check_address_block(std::string_view block);

/// A web origin exactly as a browser sends it (WHATWG HTML, "serialization of an origin"): lower
/// case scheme://host, a port only if it is not the scheme's own, nothing after it. Or `*`.
std::string check_origin(std::string_view origin);

/// A host name or address as it stands in a Host header, in lower case and without a port.
std::string check_host(std::string_view host);

/// "ALG=FILE" or "ALG:KID=FILE" with an algorithm that is known.
std::string check_jwt_key(std::string_view text);

/// The name of the cookie that holds a session.
inline constexpr std::string_view kSessionCookie = "weir_session";

/// The name of a cookie (RFC 6265, 4.1.1) that is not the server's own.
std::string check_cookie_name(std::string_view name);

/// A topic or a pattern, as far as this layer can tell: not empty, no control characters.
std::string check_selector_text(std::string_view text);

}  // namespace weir::base
