#include "proto/base64url.hpp"

#include <gtest/gtest.h>

namespace weir::proto {
namespace {

TEST(Base64url, IsReadAsItWasWritten) {
  std::string bytes;
  for (int length = 0; length < 70; ++length) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes) << length;
    bytes.push_back(static_cast<char>(length * 37 + 200));
  }
  // RFC 7515, appendix C.
  EXPECT_EQ(to_base64url(std::string("\x03\xec\xff\xe0\xc1", 5)), "A-z_4ME");
}

TEST(Base64url, WhatHasAnotherSpellingIsRefused) {
  EXPECT_EQ(from_base64url("QQ"), "A");
  for (const auto* text : {"QR", "QQ==", "Q", "QQ ", " QQ", "QQ\n", "Q+==", "a/bc", "QUJ", "ABCDE",
                           "Q.Q", "\xc3\xa9"}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
}

}  // namespace
}  // namespace weir::proto
