#include "apps/address_guard.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace weir::apps {
namespace {

std::string why(const std::string& text) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text.c_str(), &in.sin_addr) == 1) {
    return why_not_public(reinterpret_cast<const sockaddr&>(in));
  }
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &in6.sin6_addr), 1) << text;
  return why_not_public(reinterpret_cast<const sockaddr&>(in6));
}

TEST(AddressGuard, LetsPublicAddressesThrough) {
  for (const char* text : {"1.1.1.1",
                           "8.8.8.8",
                           "9.255.255.255",
                           "11.0.0.0",
                           "100.63.255.255",
                           "100.128.0.0",
                           "126.255.255.255",
                           "128.0.0.0",
                           "169.253.255.255",
                           "172.15.255.255",
                           "172.32.0.0",
                           "192.167.255.255",
                           "198.17.255.255",
                           "198.20.0.0",
                           "223.255.255.255",
                           "2606:4700:4700::1111",
                           "2a00:1450:4001:81b::200e",
                           "::ffff:1.1.1.1",
                           "64:ff9b::8.8.8.8",
                           "2002:0808:0808::1",
                           "2001:200::1"}) {
    EXPECT_EQ(why(text), "") << text;
  }
}

TEST(AddressGuard, RefusesWhatIsNotPublic) {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "10.255.255.255",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.255.254",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.8",
                           "192.168.1.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::2",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "ff02::1",
                           "2001:db8::1",
                           "2001::1",
                           "100::1",
                           "3fff::1",
                           "5f00::1"}) {
    EXPECT_NE(why(text), "") << text;
  }
}

TEST(AddressGuard, SeesThroughIpv6AddressesThatCarryIpv4Ones) {
  for (const char* text :
       {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2002:c0a8:101::1", "::127.0.0.1", "64:ff9b:1::1"}) {
    EXPECT_NE(why(text), "") << text;
  }
}

TEST(AddressGuard, RefusesWhatItDoesNotKnow) {
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_NE(why_not_public(other), "");
}

}  // namespace
}  // namespace weir::apps
