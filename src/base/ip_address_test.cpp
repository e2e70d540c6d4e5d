#include "base/ip_address.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(IpAddress, AClientOfIpv6IsItsNetwork) {
  const auto name = [](const char* text) { return IpAddress::parse(text)->client_name(); };
  EXPECT_EQ(name("2001:db8:1:2::1"), name("2001:db8:1:2:ffff::9"));
  EXPECT_NE(name("2001:db8:1:2::1"), name("2001:db8:1:3::1"));
  EXPECT_NE(name("192.0.2.1"), name("192.0.2.2"));
}

TEST(IpAddress, IsWrittenAsItIsUsuallyRead) {
  const auto text = [](const char* from) { return IpAddress::parse(from)->text(); };
  EXPECT_EQ(text("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(text("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(text("[2001:DB8:0::1]"), "2001:db8::1");
}

TEST(Listening, IsWithinTheMachineOnLoopbackAndUnixSocketsOnly) {
  for (const auto* text : {"127.0.0.1:3000", "127.9.9.9:0", "[::1]:80", "localhost:3000",
                           "unix:/run/weir", "127.0.0.1:3000?role=admin"}) {
    EXPECT_TRUE(is_loopback_listen(text)) << text;
  }
  for (const auto* text : {":3000", "0.0.0.0:3000", "[::]:80", "192.0.2.1:80", "example.org:80",
                           "127.0.0.1.example.org:80", "localhost.example.org:1"}) {
    EXPECT_FALSE(is_loopback_listen(text)) << text;
  }
}

TEST(Listening, IsForAdminsWhereItSaysSo) {
  EXPECT_TRUE(is_admin_listen("127.0.0.1:1?role=admin"));
  EXPECT_TRUE(is_admin_listen("unix:/run/weir?mode=0660&role=admin"));
  EXPECT_FALSE(is_admin_listen("127.0.0.1:1?role=public"));
  EXPECT_FALSE(is_admin_listen("127.0.0.1:1"));
  EXPECT_FALSE(is_admin_listen("127.0.0.1:1?xrole=admin"));
}

TEST(Peer, IsReadWithAndWithoutAPort) {
  EXPECT_TRUE(address_of_peer("127.0.0.1:49152")->is_loopback());
  EXPECT_TRUE(address_of_peer("[::1]:49152")->is_loopback());
  EXPECT_TRUE(address_of_peer("::1")->is_loopback());
  EXPECT_FALSE(address_of_peer("unix"));
  EXPECT_FALSE(address_of_peer(""));
}

}  // namespace
}  // namespace weir::base
