#include "base/units.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

using std::chrono::milliseconds;

TEST(Duration, IsANumberWithAUnit) {
  EXPECT_EQ(*parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(*parse_duration("15s"), milliseconds(15'000));
  EXPECT_EQ(*parse_duration("10m"), milliseconds(600'000));
  EXPECT_EQ(*parse_duration("24h"), milliseconds(86'400'000));
  EXPECT_EQ(*parse_duration("7d"), milliseconds(604'800'000));
  EXPECT_EQ(*parse_duration("0"), milliseconds(0));
  EXPECT_EQ(*parse_duration("0s"), milliseconds(0));
  EXPECT_EQ(*parse_duration("9223372036854775807ms"), milliseconds(9223372036854775807));
}

class NotADuration : public testing::TestWithParam<std::string_view> {};

TEST_P(NotADuration, IsRefused) {
  const auto duration = parse_duration(GetParam());
  ASSERT_FALSE(duration) << GetParam();
  EXPECT_EQ(duration.error().code, ErrorCode::kBadRequest);
}

INSTANTIATE_TEST_SUITE_P(Units, NotADuration,
                         testing::Values("", "s", "15", "-1s", "+1s", "1.5s", " 1s", "1 s", "1s ",
                                         "1S", "1min", "1w", "1h30m", "9223372036854775808ms",
                                         "106751991168d", "18446744073709551616s"));

TEST(Duration, IsWrittenInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(format_duration(milliseconds(0)), "0");
  EXPECT_EQ(format_duration(milliseconds(1'500)), "1500ms");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "90s");
  EXPECT_EQ(format_duration(milliseconds(1'800'000)), "30m");
  EXPECT_EQ(format_duration(milliseconds(86'400'000)), "1d");
  EXPECT_EQ(format_duration(milliseconds(-5)), "-5ms");
}

TEST(Bytes, AreANumberWithOrWithoutAUnit) {
  EXPECT_EQ(*parse_bytes("0"), 0u);
  EXPECT_EQ(*parse_bytes("512"), 512u);
  EXPECT_EQ(*parse_bytes("64KiB"), 65'536u);
  EXPECT_EQ(*parse_bytes("4MiB"), 4'194'304u);
  EXPECT_EQ(*parse_bytes("8GiB"), 8'589'934'592u);
  EXPECT_EQ(*parse_bytes("64KB"), 64'000u);
  EXPECT_EQ(*parse_bytes("4MB"), 4'000'000u);
  EXPECT_EQ(*parse_bytes("8GB"), 8'000'000'000u);
  EXPECT_EQ(*parse_bytes("18446744073709551615"), 18446744073709551615u);
}

class NotBytes : public testing::TestWithParam<std::string_view> {};

TEST_P(NotBytes, AreRefused) {
  const auto bytes = parse_bytes(GetParam());
  ASSERT_FALSE(bytes) << GetParam();
  EXPECT_EQ(bytes.error().code, ErrorCode::kBadRequest);
}

INSTANTIATE_TEST_SUITE_P(Units, NotBytes,
                         testing::Values("", "KiB", "-1", "+1", "1.5MiB", "1 KiB", "1kib", "1K",
                                         "1KiB ", "0x10", "18446744073709551616",
                                         "17179869184GiB"));

TEST(Bytes, AreWrittenInTheLargestPowerOf1024ThatDividesThem) {
  EXPECT_EQ(format_bytes(0), "0");
  EXPECT_EQ(format_bytes(1'000), "1000");
  EXPECT_EQ(format_bytes(65'536), "64KiB");
  EXPECT_EQ(format_bytes(4'194'304), "4MiB");
  EXPECT_EQ(format_bytes(8'589'934'592), "8GiB");
  EXPECT_EQ(format_bytes(1'048'577), "1048577");
}

}  // namespace
}  // namespace weir::base
