#include "base/address_block.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace weir::base {
namespace {

constexpr unsigned kMappedBits = 96;

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
  const std::string whole(text);
  if (whole.find('\0') != std::string::npos) return std::nullopt;
  AddressBytes bytes{};
  if (::inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1) return bytes;
  if (::inet_pton(AF_INET, whole.c_str(), bytes.data() + 12) != 1) return std::nullopt;
  bytes[10] = bytes[11] = 0xff;
  return bytes;
}

bool AddressBlock::contains(const AddressBytes& address) const {
  const unsigned whole = prefix_bits / 8;
  if (!std::equal(first.begin(), first.begin() + whole, address.begin())) return false;
  const unsigned rest = prefix_bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (first[whole] & mask) == (address[whole] & mask);
}

std::optional<AddressBlock> parse_address_block(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view name = text.substr(0, slash);
  const auto first = parse_address(name);
  if (!first) return std::nullopt;
  AddressBlock block{*first, 128};
  if (slash == std::string_view::npos) return block;
  const unsigned before = name.find(':') == std::string_view::npos ? kMappedBits : 0;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
      bits > 128 - before) {
    return std::nullopt;
  }
  block.prefix_bits = before + bits;
  for (unsigned bit = block.prefix_bits; bit < 128; ++bit) {
    if (((block.first[bit / 8] >> (7 - bit % 8)) & 1) != 0) return std::nullopt;
  }
  return block;
}

}  // namespace weir::base
