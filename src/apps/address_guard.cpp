#include "apps/address_guard.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::apps {
namespace {

using Bytes4 = std::array<std::uint8_t, 4>;
using Bytes16 = std::array<std::uint8_t, 16>;

template <typename Bytes>
struct Block {
  Bytes bytes;
  unsigned bits;
  std::string_view what;
};

template <typename Bytes>
bool inside(const Bytes& address, const Block<Bytes>& block) {
  for (unsigned i = 0; i < block.bits; ++i) {
    const auto bit = static_cast<std::uint8_t>(0x80 >> (i % 8));
    if (((address[i / 8] ^ block.bytes[i / 8]) & bit) != 0) return false;
  }
  return true;
}

constexpr Block<Bytes4> kNotPublic4[] = {
    {{0, 0, 0, 0}, 8, "no address of a host"},
    {{10, 0, 0, 0}, 8, "a private address"},
    {{100, 64, 0, 0}, 10, "an address behind a carrier's translation"},
    {{127, 0, 0, 0}, 8, "a loopback address"},
    {{169, 254, 0, 0}, 16, "a link-local address"},
    {{172, 16, 0, 0}, 12, "a private address"},
    {{192, 0, 0, 0}, 24, "reserved for protocols"},
    {{192, 0, 2, 0}, 24, "an address for documentation"},
    {{192, 31, 196, 0}, 24, "reserved for protocols"},
    {{192, 52, 193, 0}, 24, "reserved for protocols"},
    {{192, 88, 99, 0}, 24, "reserved for protocols"},
    {{192, 168, 0, 0}, 16, "a private address"},
    {{192, 175, 48, 0}, 24, "reserved for protocols"},
    {{198, 18, 0, 0}, 15, "an address for benchmarks"},
    {{198, 51, 100, 0}, 24, "an address for documentation"},
    {{203, 0, 113, 0}, 24, "an address for documentation"},
    {{224, 0, 0, 0}, 4, "a multicast address"},
    {{240, 0, 0, 0}, 4, "a reserved address"},
};

// Of what is global unicast at all, 2000::/3.
constexpr Block<Bytes16> kNotPublic6[] = {
    {{0x20, 0x01, 0x00}, 23, "reserved for protocols"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "an address for documentation"},
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48, "reserved for protocols"},
    {{0x3f, 0xff, 0x00}, 20, "an address for documentation"},
};

constexpr Block<Bytes16> kGlobalUnicast{{0x20}, 3, ""};
constexpr Block<Bytes16> kLoopback{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, ""};
constexpr Block<Bytes16> kUniqueLocal{{0xfc}, 7, ""};
constexpr Block<Bytes16> kLinkLocal{{0xfe, 0x80}, 10, ""};
constexpr Block<Bytes16> kMulticast{{0xff}, 8, ""};

/// Where an IPv6 address carries an IPv4 one: the byte at which it begins.
struct Carrier {
  Block<Bytes16> block;
  std::size_t at;
};
constexpr Carrier kCarriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, ""}, 12},  // Mapped, RFC 4291 2.5.5.2.
    {{{0x00, 0x64, 0xff, 0x9b}, 96, ""}, 12},                    // NAT64, RFC 6052.
    {{{0x20, 0x02}, 16, ""}, 2},                                 // 6to4, RFC 3056.
};

std::string_view why_not(const Bytes4& address) {
  for (const auto& block : kNotPublic4) {
    if (inside(address, block)) return block.what;
  }
  return {};
}

std::string_view why_not(const Bytes16& address) {
  for (const auto& carrier : kCarriers) {
    if (!inside(address, carrier.block)) continue;
    Bytes4 carried;
    std::memcpy(carried.data(), address.data() + carrier.at, carried.size());
    return why_not(carried);
  }
  if (inside(address, kLoopback)) return "a loopback address";
  if (inside(address, kUniqueLocal)) return "a private address";
  if (inside(address, kLinkLocal)) return "a link-local address";
  if (inside(address, kMulticast)) return "a multicast address";
  if (!inside(address, kGlobalUnicast)) return "no public address";
  for (const auto& block : kNotPublic6) {
    if (inside(address, block)) return block.what;
  }
  return {};
}

}  // namespace

std::string why_not_public(const sockaddr& address) {
  std::string_view why = "an address of an unknown kind";
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    Bytes4 bytes;
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
    why = why_not(bytes);
  } else if (address.sa_family == AF_INET6) {
    Bytes16 bytes;
    const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    ::inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
    why = why_not(bytes);
  }
  if (why.empty()) return {};
  return fmt::format("{} is {}", text.data(), why);
}

std::string why_not_public(const base::IpAddress& address) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  std::memcpy(&in.sin6_addr, address.bytes().data(), address.bytes().size());
  return why_not_public(reinterpret_cast<const sockaddr&>(in));
}

}  // namespace weir::apps
