#include "proto/rfc3339.hpp"

#include <gtest/gtest.h>

namespace weir::proto {
namespace {

struct Moment {
  std::string_view text;
  base::UnixMillis time;
};

class Rfc3339 : public testing::TestWithParam<Moment> {};

TEST_P(Rfc3339, IsRead) { EXPECT_EQ(parse_rfc3339(GetParam().text), GetParam().time); }

INSTANTIATE_TEST_SUITE_P(Times, Rfc3339,
                         testing::Values(Moment{"1970-01-01T00:00:00Z", 0},
                                         Moment{"2024-02-29T12:34:56.789Z", 1709210096789},
                                         Moment{"2024-02-29t12:34:56.7891234z", 1709210096789},
                                         Moment{"2024-02-29T14:34:56.7+02:00", 1709210096700},
                                         Moment{"2024-02-29T04:04:56-08:30", 1709210096000},
                                         Moment{"2016-12-31T23:59:60Z", 1483228800000},
                                         Moment{"9999-12-31T23:59:59.999Z", 253402300799999}));

class NotRfc3339 : public testing::TestWithParam<std::string_view> {};

TEST_P(NotRfc3339, IsRefused) { EXPECT_FALSE(parse_rfc3339(GetParam())) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(
    Times, NotRfc3339,
    testing::Values("", "2024-02-29", "2024-02-29T12:34:56", "2023-02-29T12:34:56Z",
                    "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z",
                    "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:61Z",
                    "2024-01-01 00:00:00Z", "2024-1-1T00:00:00Z", "2024-01-01T00:00:00.Z",
                    "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+01:60",
                    "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00Zx", "1969-12-31T23:59:59Z",
                    "1970-01-01T00:00:00+00:01", "+024-01-01T00:00:00Z", "2024-01-01T00:00:00"));

TEST(Rfc3339Text, IsWrittenWithMillisecondsInUtc) {
  EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(1709210096007), "2024-02-29T12:34:56.007Z");
  EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(253402300799999), "9999-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace weir::proto
