#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.hpp"
#include "base/settings.hpp"
#include "net/http_message.hpp"

namespace weir::api {

/// Whose request this is, for limits: the connection's peer, or, as far as `trusted_proxies`
/// vouches for those who say it, the nearest address of `Forwarded` (RFC 7239) or `X-Forwarded-For`
/// that is no trusted proxy's. Both are read from the right, where our own proxy has written. Where
/// the two name different clients neither is believed, and the peer counts. Nothing for a UNIX
/// socket without such a header. Any thread.
std::optional<base::IpAddress> client_address(const net::RequestHead& head,
                                              const base::Settings& settings);

/// In words, for who comes over a UNIX socket.
inline constexpr std::string_view kUnixClient = "unix";

/// For people: "192.0.2.1", "2001:db8::1"; `without` where there is none.
std::string address_text(const std::optional<base::IpAddress>& address,
                         std::string_view without = {});

}  // namespace weir::api
