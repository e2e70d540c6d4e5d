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

}  // namespace weir::base
