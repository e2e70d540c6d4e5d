#include "base/listen_address.hpp"

#include <gtest/gtest.h>

#include "base/address_block.hpp"

namespace weir::base {
namespace {

std::string refusal(std::string_view text) {
  const auto parsed = parse_listen(text);
  return parsed ? "" : parsed.error().detail;
}

TEST(ListenAddress, AnAddressWithoutOptionsServesEverythingInPlain) {
  const auto address = parse_listen("127.0.0.1:3000");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->place, "127.0.0.1:3000");
  EXPECT_EQ(address->text(), "127.0.0.1:3000");
  EXPECT_FALSE(address->is_unix || address->tls || address->proxy_protocol);
  EXPECT_EQ(address->role, ListenerRole::kAll);
}

TEST(ListenAddress, OptionsFollowAQuestionMark) {
  const auto address = parse_listen("[::1]:443?tls&role=public&proxy_protocol");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->place, "[::1]:443");
  EXPECT_TRUE(address->tls && address->proxy_protocol);
  EXPECT_EQ(address->role, ListenerRole::kPublic);
}

TEST(ListenAddress, AUnixSocketHasAPathAndAMode) {
  const auto address = parse_listen("unix:/run/weir.sock?mode=0600&role=admin");
  ASSERT_TRUE(address);
  EXPECT_TRUE(address->is_unix);
  EXPECT_EQ(address->place, "/run/weir.sock");
  EXPECT_EQ(address->text(), "unix:/run/weir.sock");
  EXPECT_EQ(address->mode, 0600U);
  EXPECT_EQ(address->role, ListenerRole::kAdmin);
  EXPECT_EQ(parse_listen("unix:/run/weir.sock")->mode, 0660U);
}

TEST(ListenAddress, WhatIsWrongIsSaid) {
  EXPECT_NE(refusal("3000").find("no port"), std::string::npos);
  EXPECT_NE(refusal("unix:weir.sock").find("absolute path"), std::string::npos);
  EXPECT_NE(refusal(":1?https").find("\"https\""), std::string::npos);
  EXPECT_NE(refusal(":1?&tls").find("\"\""), std::string::npos);
  EXPECT_NE(refusal(":1?role").find("role=public"), std::string::npos);
  EXPECT_NE(refusal(":1?mode=0600").find("unix:"), std::string::npos);
  for (const char* mode : {"", "888", "01000", "-1", "0x1"}) {
    EXPECT_NE(refusal(std::string("unix:/s?mode=") + mode).find("octal"), std::string::npos)
        << mode;
  }
}

TEST(AddressBlock, HoldsTheAddressesOfItsPrefix) {
  const auto holds = [](const char* block, const char* address) {
    return parse_address_block(block)->contains(*parse_address(address));
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("10.16.0.0/12", "10.31.255.255"));
  EXPECT_FALSE(holds("10.16.0.0/12", "10.32.0.0"));
  EXPECT_TRUE(holds("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(holds("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3")) << "IPv4 over an IPv6 socket";
  EXPECT_TRUE(holds("fd00::/8", "fdff::1"));
  EXPECT_FALSE(holds("fd00::/8", "fe80::1"));
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("::/0", "203.0.113.9"));
}

TEST(AddressBlock, WhatIsNoBlockIsNone) {
  for (const char* text : {"", "10", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.1/8",
                           "fd00::/129", "fd00::1/64", "example.com", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(parse_address_block(text)) << text;
  }
}

}  // namespace
}  // namespace weir::base
