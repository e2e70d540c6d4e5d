#include "cli/line_time.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <string>

namespace weir::cli {
namespace {

using base::UnixMillis;

constexpr UnixMillis kMoment = 1'795'253'401'000;  // 2026-11-21T09:30:01Z
constexpr UnixMillis kNow = kMoment + 3'600'000;

class LineTime : public testing::Test {
 protected:
  LineTime() {
    const char* const zone = ::getenv("TZ");
    had_zone_ = zone != nullptr;
    if (had_zone_) zone_ = zone;
    in_zone("CET-1CEST,M3.5.0,M10.5.0/3");  // One hour ahead of UTC in November.
  }
  ~LineTime() override {
    if (had_zone_) {
      in_zone(zone_.c_str());
    } else {
      ::unsetenv("TZ");
      ::tzset();
    }
  }
  static void in_zone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }

 private:
  bool had_zone_ = false;
  std::string zone_;
};

TEST_F(LineTime, ReadsIsoTimesWithTheirZone) {
  for (const char* line :
       {"2026-11-21T09:30:01Z started", "2026-11-21t09:30:01z", "2026-11-21T10:30:01+01:00 x",
        "2026-11-21T10:30:01+0100 host prog", "2026-11-21 08:30:01 -0100",
        "[2026-11-21T09:30:01Z] x", "2026-11-21T10:30:01+01"}) {
    EXPECT_EQ(line_time(line, kNow), kMoment) << line;
  }
}

TEST_F(LineTime, ReadsTimesWithoutAZoneAsLocal) {
  for (const char* line :
       {"2026-11-21 10:30:01 startup archives unpack", "2026/11/21 10:30:01 [error] 7#7: no",
        "2026-11-21T10:30:01", "Nov 21 10:30:01 host cron[1]: x"}) {
    EXPECT_EQ(line_time(line, kNow), kMoment) << line;
  }
  EXPECT_EQ(line_time("2026-07-01 12:00:00 x", kNow), line_time("2026-07-01T10:00:00Z", kNow))
      << "summer time";
}

TEST_F(LineTime, ReadsFractionsAsMilliseconds) {
  EXPECT_EQ(line_time("2026-11-21T09:30:01.25Z", kNow), kMoment + 250);
  EXPECT_EQ(line_time("2026-11-21T09:30:01.123456789Z", kNow), kMoment + 123);
  EXPECT_EQ(line_time("2026-11-21 10:30:01,007 INFO", kNow), kMoment + 7);
}

TEST_F(LineTime, ReadsSecondsAndMillisecondsSince1970) {
  EXPECT_EQ(line_time("1795253401 x", kNow), kMoment);
  EXPECT_EQ(line_time("1795253401.5 x", kNow), kMoment + 500);
  EXPECT_EQ(line_time("1795253401250", kNow), kMoment + 250);
  EXPECT_EQ(line_time("[1795253401] x", kNow), kMoment);
}

TEST_F(LineTime, GivesASyslogLineTheLatestYearThatIsPast) {
  const UnixMillis january = *line_time("2027-01-02 12:00:00", kNow);
  EXPECT_EQ(line_time("Dec 31 23:00:00 h", january), line_time("2026-12-31 23:00:00", kNow));
  EXPECT_EQ(line_time("Jan  2 11:00:00 h", january), line_time("2027-01-02 11:00:00", kNow));
  EXPECT_EQ(line_time("Feb 29 11:00:00 h", january), line_time("2024-02-29 11:00:00", kNow));
  const UnixMillis eve = *line_time("2026-12-31 23:59:00", kNow);
  EXPECT_EQ(line_time("Jan  1 00:00:10 h", eve), line_time("2027-01-01 00:00:10", kNow))
      << "a clock that is a little ahead";
}

TEST_F(LineTime, SaysNothingAboutOtherLines) {
  for (const char* line : {"",
                           " ",
                           "hello",
                           "2026",
                           "2026-11-21",
                           "2026-13-01 10:00:00",
                           "2026-02-30 10:00:00",
                           "2026-11-21 24:00:00",
                           "2026-11-21 10:60:00",
                           "2026-11/21 10:00:00",
                           "Nov 32 10:00:00 x",
                           "Now 21 10:00:00 x",
                           "Nov 1 10:00:00",
                           "123456789 x",
                           "17952534012 x",
                           "1795253401x",
                           "0795253401",
                           "179525340125 x",
                           "17952534012500",
                           "at 2026-11-21 10:30:01",
                           "[[1795253401"}) {
    EXPECT_EQ(line_time(line, kNow), std::nullopt) << line;
  }
}

}  // namespace
}  // namespace weir::cli
