#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::base {

/// An IP address as 16 bytes; IPv4 in its mapped form (RFC 4291, 2.5.5.2), so that a client has one
/// address whichever family of socket it came by.
using AddressBytes = std::array<std::uint8_t, 16>;

/// "192.0.2.1", "2001:db8::1".
std::optional<AddressBytes> parse_address(std::string_view text);

/// Addresses with a common beginning: "10.0.0.0/8", "fd00::/8", or one address.
struct AddressBlock {
  AddressBytes first{};
  unsigned prefix_bits = 128;  ///< Of the 16 bytes.

  bool contains(const AddressBytes& address) const;
};

/// Nothing for text that is no block, also where bits beyond the prefix are set: 10.0.0.1/8 is a
/// mistake of one or the other kind.
std::optional<AddressBlock> parse_address_block(std::string_view text);

}  // namespace weir::base
