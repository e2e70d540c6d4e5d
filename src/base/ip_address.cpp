#include "base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/listen_address.hpp"

namespace weir::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kClientBitsOfV6 = 64;

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  const auto bytes = parse_address(text);
  if (!bytes) return std::nullopt;
  IpAddress address;
  address.bytes_ = *bytes;
  return address;
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; }) &&
         bytes_[15] == 1;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4()) {
    ::inet_ntop(AF_INET, bytes_.data() + kMappedPrefix.size(), text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

std::string IpAddress::client_name() const {
  const std::size_t begin = is_v4() ? 12 : 0;
  const std::size_t count = is_v4() ? 4 : kClientBitsOfV6 / 8;
  return {reinterpret_cast<const char*>(bytes_.data()) + begin, count};
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
  const auto parsed = parse_listen(address);
  if (!parsed) return false;
  if (parsed->is_unix) return true;
  const auto host = host_of(parsed->place);
  if (host == "localhost") return true;
  const auto ip = IpAddress::parse(host);
  return ip && ip->is_loopback();
}

bool is_admin_listen(std::string_view address) {
  const auto parsed = parse_listen(address);
  return parsed && parsed->role == ListenerRole::kAdmin;
}

}  // namespace weir::base
