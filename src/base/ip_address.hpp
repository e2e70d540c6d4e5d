#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/address_block.hpp"

namespace weir::base {

/// An IP address; IPv4 as IPv6 maps it, so that both ways to write one are the same.
class IpAddress {
 public:
  /// "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; with `[…]` or without; no port, no zone.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const;
  bool is_loopback() const;
  /// As `parse` reads it.
  std::string text() const;
  /// What counts as one client: an IPv4 address, or of IPv6 the /64 that a host is given.
  std::string client_name() const;
  const AddressBytes& bytes() const { return bytes_; }
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  AddressBytes bytes_{};
};

/// The address in "192.0.2.1:80" or "[::1]:80", or in one without a port; none if it is no such
/// text, as for a UNIX socket.
std::optional<IpAddress> address_of_peer(std::string_view peer);

/// The host in a Host header or listen address, without its port; an IPv6 address keeps its
/// brackets.
std::string_view host_of(std::string_view authority);

/// Whether listening on "host:port" is reached from this machine alone: loopback addresses,
/// `localhost`, and UNIX sockets ("unix:/path").
bool is_loopback_listen(std::string_view address);

/// Whether a listen address has the option `role=admin`.
bool is_admin_listen(std::string_view address);

}  // namespace weir::base
