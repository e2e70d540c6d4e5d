#include "proto/utf8.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace weir::proto {
namespace {

std::string lossy(std::string_view text) {
  std::string out;
  append_utf8_lossy(out, text);
  return out;
}

struct IllFormed {
  std::string_view bytes;
  int replacements;  ///< As the WHATWG decoder counts them.
};

class Utf8IllFormed : public testing::TestWithParam<IllFormed> {};

TEST_P(Utf8IllFormed, IsRefusedAndReplacedByMaximalSubparts) {
  std::string expected;
  for (int i = 0; i < GetParam().replacements; ++i) expected += kReplacementCharacter;
  // Behind enough ASCII to pass through the eight-byte steps, and followed by a line end.
  for (const std::string prefix : {"", "x", "1234567", "12345678", "123456789abcdef"}) {
    const std::string text = prefix + std::string(GetParam().bytes) + "\n";
    EXPECT_FALSE(is_utf8(text));
    EXPECT_EQ(lossy(text), prefix + expected + "\n");
  }
  EXPECT_EQ(lossy(GetParam().bytes), expected);
}

INSTANTIATE_TEST_SUITE_P(
    Utf8, Utf8IllFormed,
    testing::Values(IllFormed{"\xFF", 1}, IllFormed{"\x80", 1}, IllFormed{"\xC0\xAF", 2},
                    IllFormed{"\xC1\xBF", 2}, IllFormed{"\xC3", 1}, IllFormed{"\xE2\x82", 1},
                    IllFormed{"\xE0\x9F\xBF", 3}, IllFormed{"\xED\xA0\x80", 3},
                    IllFormed{"\xF0\x9F\x98", 1}, IllFormed{"\xF0\x8F\xBF\xBF", 4},
                    IllFormed{"\xF4\x90\x80\x80", 4}, IllFormed{"\xF5\x80\x80\x80", 4},
                    IllFormed{"\xE2\x82\xE2\x82", 2}, IllFormed{"\xF0\x9F\xFF", 2}));

TEST(Utf8, LeavesWellFormedTextAsItIs) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("ascii, longer than eight bytes"),
        std::string_view("\0\x7F", 2), std::string_view("\xC2\x80\xDF\xBF"),
        std::string_view("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"),
        std::string_view("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
        std::string_view("grüße, 世界 \xF0\x9F\x98\x80")}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(lossy(text), text);
  }
}

TEST(Utf8, ATextInPiecesIsWhatTheWholeIs) {
  base::Random random(11);
  for (int round = 0; round < 20'000; ++round) {
    // Leads, continuations and ASCII, so that many are nearly right.
    constexpr std::string_view kBytes = "a\x7F\x80\x9F\xA0\xBF\xC2\xE0\xE2\xED\xF0\xF4\xF5";
    std::string text(1 + random.below(7), '\0');
    for (auto& byte : text) byte = kBytes[random.below(kBytes.size())];
    Utf8Check check;
    bool good = true;
    for (std::size_t at = 0; at < text.size() && good;) {
      const auto some = 1 + random.below(3);
      good = check.feed(std::string_view(text).substr(at, some));
      at += some;
    }
    EXPECT_EQ(good && check.complete(), is_utf8(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8, WhatCannotBecomeTextIsToldAtOnce) {
  Utf8Check check;
  EXPECT_TRUE(check.feed("a\xF0\x9F"));
  EXPECT_FALSE(check.complete());
  EXPECT_FALSE(check.feed("a"));
  EXPECT_FALSE(check.feed("b")) << "and stays so";
}

}  // namespace
}  // namespace weir::proto
