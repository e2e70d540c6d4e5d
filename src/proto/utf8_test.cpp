#include "proto/utf8.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace weir::proto
