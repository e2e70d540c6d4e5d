#pragma once

#include <sys/socket.h>

#include <string>

#include "base/ip_address.hpp"

namespace weir::apps {

/// Why a request that others have decided on must not go to this address, or "": it is not a public
/// unicast address (IANA IPv4 and IPv6 Special-Purpose Address Registries). IPv4 addresses that are
/// carried inside IPv6 ones (mapped, 6to4, NAT64) count as what they carry. Any thread.
std::string why_not_public(const sockaddr& address);
std::string why_not_public(const base::IpAddress& address);

}  // namespace weir::apps
