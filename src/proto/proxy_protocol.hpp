#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace weir::proto {

/// A longer header is refused: version 2 allows 64 KiB of further fields, of which proxies in use
/// send a few hundred bytes.
inline constexpr std::size_t kProxyHeaderBytesMax = 4096;

/// Where a connection that came through a proxy is from.
struct ProxySource {
  std::array<std::uint8_t, 16> address{};  ///< IPv4 in its mapped form.
  bool is_v4 = false;
  std::uint16_t port = 0;
};

struct ProxyHeader {
  std::size_t bytes = 0;  ///< Of the header; what follows is the client's.
  /// Nothing where the proxy speaks for itself (a health check) or does not know.
  std::optional<ProxySource> source;
};

/// Reads the header of the PROXY protocol, version 1 or 2, that a connection begins with ("The
/// PROXY protocol", haproxy.org, sections 2.1 and 2.2). Nothing while it is incomplete;
/// kBadRequest where no header can begin like this. Pure.
base::Result<std::optional<ProxyHeader>> parse_proxy_header(std::string_view input);

}  // namespace weir::proto
