#include "base/log_line.hpp"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.hpp"

namespace weir::base {
namespace {

TEST(LogLine, KeysBecomeMembersAndNumbersStayNumbers) {
  EXPECT_EQ(log_json(R"(shard=0 url=http://[::1]:3000 ratio=0.25 first=-7)"),
            R"("shard":0,"url":"http://[::1]:3000","ratio":0.25,"first":-7)");
  EXPECT_EQ(log_json(R"(data_dir="/var/lib/my weir" durability=fsync events=12)"),
            R"("data_dir":"/var/lib/my weir","durability":"fsync","events":12)");
  EXPECT_EQ(log_json(""), "");
  EXPECT_EQ(log_json("empty= quoted=\"\""), R"("empty":"","quoted":"")");
}

TEST(LogLine, WhatLooksLikeANumberButIsNoneOfJsonIsText) {
  EXPECT_EQ(log_json("a=007 b=1. c=.5 d=- e=1e5 f=10s g=0"),
            R"("a":"007","b":"1.","c":".5","d":"-","e":"1e5","f":"10s","g":0)");
}

TEST(LogLine, TextThatIsNoListOfKeysIsAMessage) {
  EXPECT_EQ(log_json("events are kept in memory only"),
            R"("message":"events are kept in memory only")");
  EXPECT_EQ(log_json("a=1 and then words"), R"("message":"a=1 and then words")");
  EXPECT_EQ(log_json("a=\"never closed"), R"("message":"a=\"never closed")");
}

TEST(LogLine, QuotesWithinAValueAreTheValues) {
  EXPECT_EQ(log_json(R"x(error="no such table: "log" (sqlite 1)" first=3)x"),
            R"x("error":"no such table: \"log\" (sqlite 1)","first":3)x");
  EXPECT_EQ(log_json(R"(path="a\b")"), R"("path":"a\\b")");
}

TEST(LogLine, NothingThatIsQuotedCanBeginALineOfItsOwn) {
  EXPECT_EQ(log_text("name=\"a\nerror log.failed\" x=\x1b[2J"),
            "name=\"a\\x0aerror log.failed\" x=\\x1b[2J");
  EXPECT_EQ(log_json("name=\"a\nb\""), R"("name":"a\u000ab")");
}

TEST(LogLine, InvalidUtf8IsReplacedInJson) {
  EXPECT_EQ(log_json("a=\"\xff\xc0\xaf\xed\xa0\x80\xf5\""),
            "\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
            "\xef\xbf\xbd\"");
  EXPECT_EQ(log_json("a=\"grün 水 🌊\""), "\"a\":\"grün 水 🌊\"");
  EXPECT_EQ(log_json("a=\"\xe6\xb0\""), "\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(RecurringLine, IsDueWhenItsWordsChangedOrHalfAMinuteHasPassed) {
  ManualClock clock;
  RecurringLine line(clock);
  EXPECT_TRUE(line.due("open=1"));
  EXPECT_FALSE(line.due("open=1"));
  EXPECT_FALSE(line.due("open=1"));
  EXPECT_TRUE(line.due("open=2"));
  EXPECT_EQ(line.held_back(), 2u);
  clock.advance(std::chrono::milliseconds(29'999));
  EXPECT_FALSE(line.due("open=2"));
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(line.due("open=2"));
  EXPECT_EQ(line.held_back(), 1u);
}

}  // namespace
}  // namespace weir::base
