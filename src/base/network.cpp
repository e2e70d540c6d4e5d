#include "base/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace weir::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kClientBitsOfV6 = 64;

bool equal_bits(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
                unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
  return (a[whole] & mask) == (b[whole] & mask);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
  if (::inet_pton(AF_INET, terminated.c_str(), address.bytes_.data() + 12) == 1) return address;
  return std::nullopt;
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; }) &&
         bytes_[15] == 1;
}

std::string IpAddress::client_name() const {
  const std::size_t begin = is_v4() ? 12 : 0;
  const std::size_t count = is_v4() ? 4 : kClientBitsOfV6 / 8;
  return {reinterpret_cast<const char*>(bytes_.data()) + begin, count};
}

std::optional<Network> Network::parse(std::string_view text) {
  Network network;
  if (text == "unix") return network;
  const auto slash = text.find('/');
  network.address_ = IpAddress::parse(text.substr(0, slash));
  if (!network.address_) return std::nullopt;
  if (slash == std::string_view::npos) return network;
  // "::ffff:10.0.0.0/104" is a range of IPv6 that is written with dots.
  const bool v4 = network.address_->is_v4() && text.find(':') == std::string_view::npos;
  const auto digits = text.substr(slash + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), network.bits_);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (network.bits_ > (v4 ? 32U : 128U)) return std::nullopt;
  if (v4) network.bits_ += kMappedBits;
  return network;
}

bool Network::contains(const std::optional<IpAddress>& address) const {
  if (!address || !address_) return !address && !address_;
  return equal_bits(address->bytes(), address_->bytes(), bits_);
}

std::optional<IpAddress> address_of_peer(std::string_view peer) {
  if (auto bare = IpAddress::parse(peer)) return bare;
  return IpAddress::parse(host_of(peer));
}

std::string_view host_of(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos) return authority;
  if (bracket != std::string_view::npos && colon < bracket) return authority;
  return authority.substr(0, colon);
}

bool is_loopback_listen(std::string_view address) {
  address = address.substr(0, address.find('?'));  // Options of a listener.
  if (address.starts_with("unix:")) return true;
  const auto host = host_of(address);
  if (host == "localhost") return true;
  const auto ip = IpAddress::parse(host);
  return ip && ip->is_loopback();
}

bool is_admin_listen(std::string_view address) {
  auto at = address.find('?');
  while (at != std::string_view::npos) {
    address.remove_prefix(at + 1);
    at = address.find('&');
    if (address.substr(0, at) == "role=admin") return true;
  }
  return false;
}

}  // namespace weir::base
