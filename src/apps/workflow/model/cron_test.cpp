#include "apps/workflow/model/cron.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

using base::UnixMillis;

UnixMillis at(std::string_view text) { return proto::parse_rfc3339(text).value(); }

/// The next `count` times, as UTC without seconds.
std::vector<std::string> times(std::string_view schedule, std::string_view zone,
                               std::string_view after, int count) {
  const auto cron = CronSchedule::parse(schedule, zone);
  if (!cron) return {cron.error().detail};
  std::vector<std::string> all;
  UnixMillis time = at(after);
  for (int i = 0; i < count; ++i) {
    time = cron->next(time);
    EXPECT_EQ(time % 60'000, 0);
    all.push_back(proto::format_rfc3339(time).substr(0, 16));
  }
  return all;
}

std::string refusal(std::string_view schedule, std::string_view zone = {}) {
  const auto cron = CronSchedule::parse(schedule, zone);
  return cron ? "none" : cron.error().detail;
}

using Times = std::vector<std::string>;

TEST(Cron, FieldsTakeNumbersNamesRangesStepsAndLists) {
  const char* start = "2024-02-28T23:58:30Z";  // A Wednesday, of a leap year.
  EXPECT_EQ(times("* * * * *", "", start, 3),
            (Times{"2024-02-28T23:59", "2024-02-29T00:00", "2024-02-29T00:01"}));
  EXPECT_EQ(times("*/20 * * * *", "", start, 3),
            (Times{"2024-02-29T00:00", "2024-02-29T00:20", "2024-02-29T00:40"}));
  EXPECT_EQ(times("10-20/5,50 8 * * *", "", start, 5),
            (Times{"2024-02-29T08:10", "2024-02-29T08:15", "2024-02-29T08:20", "2024-02-29T08:50",
                   "2024-03-01T08:10"}));
  EXPECT_EQ(
      times("0 9 * * mon-fri", "", start, 4),
      (Times{"2024-02-29T09:00", "2024-03-01T09:00", "2024-03-04T09:00", "2024-03-05T09:00"}));
  EXPECT_EQ(times("0 0 1 JAN,jul *", "", start, 3),
            (Times{"2024-07-01T00:00", "2025-01-01T00:00", "2025-07-01T00:00"}));
  EXPECT_EQ(times("0 12 * * 0,7", "", start, 2), (Times{"2024-03-03T12:00", "2024-03-10T12:00"}));
  EXPECT_EQ(times("0 12 * * fri-7", "", start, 3),
            (Times{"2024-03-01T12:00", "2024-03-02T12:00", "2024-03-03T12:00"}));
  EXPECT_EQ(times("5/15 3 * * *", "", start, 5),
            (Times{"2024-02-29T03:05", "2024-02-29T03:20", "2024-02-29T03:35", "2024-02-29T03:50",
                   "2024-03-01T03:05"}));
}

TEST(Cron, EitherDayWillDoWhereBothAreRestricted) {
  EXPECT_EQ(
      times("0 0 13 * fri", "", "2024-09-01T00:00:00Z", 4),
      (Times{"2024-09-06T00:00", "2024-09-13T00:00", "2024-09-20T00:00", "2024-09-27T00:00"}));
  EXPECT_EQ(times("0 0 15 * fri", "", "2024-09-12T00:00:00Z", 2),
            (Times{"2024-09-13T00:00", "2024-09-15T00:00"}));
  // One that begins with a star restricts the other.
  EXPECT_EQ(times("0 0 */2 * mon", "", "2024-09-01T00:00:00Z", 2),
            (Times{"2024-09-09T00:00", "2024-09-23T00:00"}));
}

TEST(Cron, NicknamesStandForTheirSchedules) {
  const char* start = "2024-05-15T10:30:00Z";
  EXPECT_EQ(times("@hourly", "", start, 1), (Times{"2024-05-15T11:00"}));
  EXPECT_EQ(times("@daily", "", start, 1), (Times{"2024-05-16T00:00"}));
  EXPECT_EQ(times("@midnight", "", start, 1), (Times{"2024-05-16T00:00"}));
  EXPECT_EQ(times("@weekly", "", start, 1), (Times{"2024-05-19T00:00"}));
  EXPECT_EQ(times(" @MONTHLY ", "", start, 1), (Times{"2024-06-01T00:00"}));
  EXPECT_EQ(times("@yearly", "", start, 1), (Times{"2025-01-01T00:00"}));
  EXPECT_EQ(times("@annually", "", start, 1), (Times{"2025-01-01T00:00"}));
}

TEST(Cron, TheNextTimeIsBehindTheGivenOne) {
  const auto cron = CronSchedule::parse("0 12 * * *");
  EXPECT_EQ(cron->next(at("2024-05-01T11:59:59.999Z")), at("2024-05-01T12:00:00Z"));
  EXPECT_EQ(cron->next(at("2024-05-01T12:00:00Z")), at("2024-05-02T12:00:00Z"));
  EXPECT_EQ(cron->next(0), at("1970-01-01T12:00:00Z"));
  EXPECT_EQ(CronSchedule::parse("0 0 * * *")->next(-1), 0);
  EXPECT_EQ(CronSchedule::parse("0 21 * * *", "America/New_York")->next(0),
            at("1970-01-01T02:00:00Z"));
}

TEST(Cron, ALeapDayIsWaitedForAlsoOverACentury) {
  EXPECT_EQ(times("0 0 29 2 *", "", "2096-02-29T00:00:00Z", 1), (Times{"2104-02-29T00:00"}));
}

TEST(Cron, ATimeThatTheClockSkipsIsMadeUpForAfterIt) {
  // Berlin, 31 March 2024: 02:00 becomes 03:00, at 01:00 UTC.
  EXPECT_EQ(times("30 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00Z", 3),
            (Times{"2024-03-31T01:00", "2024-04-01T00:30", "2024-04-02T00:30"}));
  // Once, also where several lie in the skip, and the hour behind it is one of them.
  EXPECT_EQ(times("0,30 2,3 * * *", "Europe/Berlin", "2024-03-30T12:00:00Z", 3),
            (Times{"2024-03-31T01:00", "2024-03-31T01:30", "2024-04-01T00:00"}));
}

TEST(Cron, ATimeThatRepeatsFiresTheFirstTime) {
  // Berlin, 27 October 2024: 03:00 becomes 02:00, at 01:00 UTC.
  EXPECT_EQ(times("30 2 * * *", "Europe/Berlin", "2024-10-26T12:00:00Z", 2),
            (Times{"2024-10-27T00:30", "2024-10-28T01:30"}));
  // Also when asked from within the second of both hours.
  EXPECT_EQ(times("30 2 * * *", "Europe/Berlin", "2024-10-27T01:10:00Z", 1),
            (Times{"2024-10-28T01:30"}));
}

TEST(Cron, AScheduleOfEveryHourFollowsTheTimeThatPasses) {
  EXPECT_EQ(times("30 * * * *", "Europe/Berlin", "2024-10-26T23:45:00Z", 3),
            (Times{"2024-10-27T00:30", "2024-10-27T01:30", "2024-10-27T02:30"}));
  EXPECT_EQ(times("*/30 * * * *", "Europe/Berlin", "2024-03-31T00:15:00Z", 3),
            (Times{"2024-03-31T00:30", "2024-03-31T01:00", "2024-03-31T01:30"}));
  // Half an hour at a time, at Lord Howe Island: 02:00 becomes 01:30 on 7 April 2024, at 15:00 UTC.
  EXPECT_EQ(times("45 * * * *", "Australia/Lord_Howe", "2024-04-06T14:00:00Z", 3),
            (Times{"2024-04-06T14:45", "2024-04-06T15:15", "2024-04-06T16:15"}));
}

TEST(Cron, ZonesWithOddOffsetsHaveWholeMinutesOfTheirOwn) {
  EXPECT_EQ(times("0 9 * * *", "Asia/Kathmandu", "2024-05-01T00:00:00Z", 1),
            (Times{"2024-05-01T03:15"}));
  EXPECT_EQ(times("0 0 1 1 *", "Pacific/Kiritimati", "2024-05-01T00:00:00Z", 1),
            (Times{"2024-12-31T10:00"}));
}

TEST(Cron, WhatIsNoScheduleIsRefusedWithTheField) {
  EXPECT_TRUE(refusal("").starts_with("a schedule has five fields"));
  EXPECT_TRUE(refusal("* * * *").ends_with("this one has 4"));
  EXPECT_TRUE(refusal("* * * * * *").ends_with("this one has 6"));
  EXPECT_EQ(refusal("60 * * * *"), "the minute: 60 is not within 0 to 59 in \"60\"");
  EXPECT_EQ(refusal("* 24 * * *"), "the hour: 24 is not within 0 to 23 in \"24\"");
  EXPECT_EQ(refusal("* * 0 * *"), "the day of the month: 0 is not within 1 to 31 in \"0\"");
  EXPECT_EQ(refusal("* * * 13 *"), "the month: 13 is not within 1 to 12 in \"13\"");
  EXPECT_EQ(refusal("* * * * 8"), "the day of the week: 8 is not within 0 to 7 in \"8\"");
  EXPECT_EQ(refusal("* * * * mom"), "the day of the week: an unknown value in \"mom\"");
  EXPECT_EQ(refusal("mon * * * *"), "the minute: an unknown value in \"mon\"");
  EXPECT_EQ(refusal("20-10 * * * *"), "the minute: a range that goes backwards in \"20-10\"");
  EXPECT_EQ(refusal("*/0 * * * *"), "the minute: a step that is no number above 0 in \"*/0\"");
  EXPECT_EQ(refusal("1,,2 * * * *"), "the minute: a value is missing in \"1,,2\"");
  EXPECT_EQ(refusal("-1 * * * *"), "the minute: a value is missing in \"-1\"");
  EXPECT_TRUE(refusal("@fortnightly").starts_with("there is no \"@fortnightly\""));
  EXPECT_EQ(refusal("0 0 30 2 *"), "this day never comes");
  EXPECT_EQ(refusal("* * 31 4,6 *"), "this day never comes");
  EXPECT_TRUE(refusal(std::string(300, '*')).starts_with("longer than"));
}

TEST(Cron, AnUnknownZoneIsRefused) {
  EXPECT_EQ(refusal("* * * * *", "Europe/Atlantis"),
            "\"Europe/Atlantis\" is no time zone that this system knows");
  EXPECT_NE(refusal("* * * * *", "../../etc/passwd"), "none");
}

}  // namespace
}  // namespace weir::apps::workflow
