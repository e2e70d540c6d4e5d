#include "proto/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::proto {
namespace {

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string version2(char command, char family, std::string_view body) {
  std::string text = kSignature;
  text += command;
  text += family;
  text += static_cast<char>(body.size() >> 8);
  text += static_cast<char>(body.size() & 0xff);
  return text.append(body);
}

bool is_bad(std::string_view text) { return !parse_proxy_header(text).has_value(); }
bool is_partial(std::string_view text) {
  const auto parsed = parse_proxy_header(text);
  return parsed && !*parsed;
}

TEST(ProxyProtocol, Version1TellsTheClientsAddressAndPort) {
  const std::string line = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n";
  const auto parsed = parse_proxy_header(line + "GET / HTTP/1.1\r\n");
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->bytes, line.size());
  const auto& source = (*parsed)->source;
  ASSERT_TRUE(source);
  EXPECT_TRUE(source->is_v4);
  EXPECT_EQ(source->port, 56324);
  const std::array<std::uint8_t, 16> expected{0, 0, 0,    0,    0,   0, 0, 0,
                                              0, 0, 0xff, 0xff, 192, 0, 2, 7};
  EXPECT_EQ(source->address, expected);

  const auto v6 = parse_proxy_header("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n");
  ASSERT_TRUE(v6 && *v6 && (*v6)->source);
  EXPECT_FALSE((*v6)->source->is_v4);
  EXPECT_EQ((*v6)->source->address[0], 0x20);
}

TEST(ProxyProtocol, AProxyThatDoesNotKnowTellsNoAddress) {
  for (const std::string& text :
       {std::string("PROXY UNKNOWN\r\n"), std::string("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"),
        version2(0x20, 0x00, ""), version2(0x20, 0x11, "ignored"), version2(0x21, 0x00, "extra"),
        version2(0x21, 0x31, std::string(216, 'u'))}) {
    const auto parsed = parse_proxy_header(text + "x");
    ASSERT_TRUE(parsed && *parsed) << text;
    EXPECT_EQ((*parsed)->bytes, text.size());
    EXPECT_FALSE((*parsed)->source);
  }
}

TEST(ProxyProtocol, Version2TellsTheClientsAddressAndPort) {
  const std::string addresses("\xc0\x00\x02\x07\xc6\x33\x64\x01\xdc\x04\x01\xbb", 12);
  const std::string text = version2(0x21, 0x11, addresses + "further fields");
  const auto parsed = parse_proxy_header(text);
  ASSERT_TRUE(parsed && *parsed && (*parsed)->source);
  EXPECT_EQ((*parsed)->bytes, text.size());
  EXPECT_EQ((*parsed)->source->port, 56324);
  EXPECT_EQ((*parsed)->source->address[15], 7);

  const std::string v6 = std::string(15, '\0') + "\x01" + std::string(16, 'b') + "\x01\x02\x03\x04";
  const auto six = parse_proxy_header(version2(0x21, 0x21, v6));
  ASSERT_TRUE(six && *six && (*six)->source);
  EXPECT_EQ((*six)->source->port, 0x0102);
  EXPECT_EQ((*six)->source->address[15], 1);
}

TEST(ProxyProtocol, EveryPrefixOfAHeaderIsIncompleteAndNotBad) {
  const std::string addresses("\xc0\x00\x02\x07\xc6\x33\x64\x01\xdc\x04\x01\xbb", 12);
  for (const std::string& whole : {std::string("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n"),
                                   version2(0x21, 0x11, addresses)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_TRUE(is_partial(whole.substr(0, size))) << size;
    }
  }
}

TEST(ProxyProtocol, WhatIsNoHeaderIsRefused) {
  for (const char* text :
       {"GET / HTTP/1.1\r\n", "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY\tTCP4",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 70000 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3 1 2\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n"}) {
    EXPECT_TRUE(is_bad(text)) << text;
  }
  EXPECT_TRUE(is_bad("PROXY UNKNOWN" + std::string(100, ' ')));
  EXPECT_TRUE(is_bad(version2(0x11, 0x11, "")));
  EXPECT_TRUE(is_bad(version2(0x22, 0x11, "")));
  EXPECT_TRUE(is_bad(version2(0x21, 0x11, "short"))) << "no room for the addresses";
  EXPECT_TRUE(is_bad(version2(0x20, 0x00, std::string(kProxyHeaderBytesMax, 'x')))) << "too long";
}

}  // namespace
}  // namespace weir::proto
