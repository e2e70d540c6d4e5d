#include "proto/cursor.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace weir::proto {
namespace {

TEST(Cursor, ReadsBackWhatItWrites) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t epoch : {std::uint64_t{0}, std::uint64_t{0xabc}, kMax}) {
    for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{1}, kMax}) {
      const Cursor cursor{{epoch}, {sequence}};
      const std::string text = to_string(cursor);
      EXPECT_LE(text.size(), kCursorBytesMax);
      EXPECT_EQ(parse_cursor(text), cursor) << text;
    }
  }
}

TEST(Cursor, IsSixteenHexadecimalDigitsAHyphenAndADecimalNumber) {
  EXPECT_EQ(to_string({{0x1f}, {42}}), "000000000000001f-42");
  std::string out = "id: ";
  append_cursor(out, {{0xfedcba9876543210}, {18446744073709551615u}});
  EXPECT_EQ(out, "id: fedcba9876543210-18446744073709551615");
}

class NotACursor : public testing::TestWithParam<std::string_view> {};

TEST_P(NotACursor, IsRefused) { EXPECT_FALSE(parse_cursor(GetParam())) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(Cursor, NotACursor,
                         testing::Values("", "-", "42", "000000000000001f", "000000000000001f-",
                                         "1f-42", "000000000000001F-42", "000000000000001g-42",
                                         "000000000000001f-042", "000000000000001f-+42",
                                         "000000000000001f--42", "000000000000001f- 42",
                                         "000000000000001f-42 ", " 00000000000001f-42",
                                         "000000000000001f-4x", "000000000000001f_42",
                                         "0x0000000000001f-42", "0000000000000001f-42",
                                         "000000000000001f-18446744073709551616",
                                         "000000000000001f-100000000000000000000", "earliest",
                                         "latest", std::string_view("000000000000001f-4\0", 19)));

}  // namespace
}  // namespace weir::proto
