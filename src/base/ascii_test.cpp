#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(Ascii, CaseIsThatOfTheLettersOnly) {
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "cONTENT-tYPE"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("close", "closed"));
  // What lies beside the letters, and letters that a locale would know.
  EXPECT_FALSE(equal_ignoring_case("@[", "`{"));
  EXPECT_FALSE(equal_ignoring_case("\xC4", "\xE4"));
}

TEST(Ascii, TrimTakesSpacesAndTabsOffBothEndsAndNothingElse) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim("\r\n"), "\r\n");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace weir::base
