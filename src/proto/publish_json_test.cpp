#include "proto/publish_json.hpp"

#include <gtest/gtest.h>

#include "proto/trace_context.hpp"

namespace weir::proto {
namespace {

using base::ErrorCode;

const EventLimits kLimits;

Event parse(std::string_view text) {
  auto event = parse_publish_json(text, kLimits);
  EXPECT_TRUE(event) << text << ": " << event.error().message();
  return event ? *event : Event{};
}

std::string data_of(std::string_view value) {
  return parse(R"({"topic":"t","data":)" + std::string(value) + "}").data;
}

TEST(PublishJson, ReadsEveryMember) {
  const Event event = parse(
      R"( { "topic" : "orders/17", "event":"note","data":"x","id":"i","key":"k","retry":1500,)"
      R"("private":true,"ephemeral":false,"close":true,"ttl":1.5,"time":1700000000123 } )");
  EXPECT_EQ(event.topics, std::vector<std::string>{"orders/17"});
  EXPECT_EQ(event.type, "note");
  EXPECT_EQ(event.data, "x");
  EXPECT_EQ(event.id, "i");
  EXPECT_EQ(event.key, "k");
  EXPECT_EQ(event.retry_ms, 1500u);
  EXPECT_EQ(event.flags, kPrivate | kTerminal);
  EXPECT_EQ(event.ttl_ms, 1500u);
  EXPECT_EQ(event.time, 1700000000123);
}

TEST(PublishJson, AnEphemeralEventClosesNothing) {
  EXPECT_EQ(parse(R"({"topic":"t","ephemeral":true})").flags, kEphemeral);
  const auto both = parse_publish_json(R"({"topic":"t","ephemeral":true,"close":true})", kLimits);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, ErrorCode::kBadEvent);
}

TEST(PublishJson, NeedsOnlyATopic) {
  const Event event = parse(R"({"topics":["a","b"]})");
  EXPECT_EQ(event.topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(event.type, "");
  EXPECT_EQ(event.data, "");
  EXPECT_EQ(event.flags, 0);
  EXPECT_EQ(event.ttl_ms, 0u);
  EXPECT_EQ(event.time, 0);
  EXPECT_FALSE(event.retry_ms);
}

TEST(PublishJson, DeliversAStringAsItsText) {
  EXPECT_EQ(data_of(R"("")"), "");
  EXPECT_EQ(data_of(R"("a\n\t\"\\\/\u0041\u00e9\u4e16")"), "a\n\t\"\\/Aé世");
  EXPECT_EQ(data_of(R"("\ud83d\ude00")"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(data_of(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(data_of("\"世界\""), "世界");
}

class DataBytes : public testing::TestWithParam<std::string_view> {};

TEST_P(DataBytes, AreForwardedAsTheyWereWritten) {
  EXPECT_EQ(data_of(GetParam()), GetParam());
  EXPECT_EQ(data_of(" \n" + std::string(GetParam()) + "\t "), GetParam());
  EXPECT_EQ(parse(R"({"data":)" + std::string(GetParam()) + R"(,"topic":"t"})").data, GetParam());
}

INSTANTIATE_TEST_SUITE_P(PublishJson, DataBytes,
                         testing::Values("null", "true", "false", "0", "-0", "1e400", "0e400",
                                         "-1E+400", "1.000", "123456789012345678901234567890",
                                         "0.1000000000000000055", "[]", "{}", "[ 1 ,  2 ]",
                                         "{\"a\" : {\"b\":[null, \"\\u0041\"]}}",
                                         "{\"a\":1,\"a\":2}", "[\"}\",\"]\",\"\\\"\"]"));

TEST(PublishJson, TheLastOfDuplicateMembersCounts) {
  EXPECT_EQ(parse(R"({"topic":"a","topic":"b","data":1,"data":"x"})").data, "x");
  EXPECT_EQ(parse(R"({"topic":"a","topic":"b"})").topics, std::vector<std::string>{"b"});
  EXPECT_EQ(parse(R"({"topic":"a","private":true,"private":false})").flags, 0);
}

TEST(PublishJson, NullIsAbsenceEverywhereButInData) {
  const Event event =
      parse(R"({"topics":null,"topic":"t","event":null,"id":null,"key":null,"retry":null,)"
            R"("private":null,"ephemeral":null,"close":null,"ttl":null,"time":null})");
  EXPECT_EQ(event.topics, std::vector<std::string>{"t"});
  EXPECT_EQ(event.flags, 0);
  EXPECT_FALSE(event.retry_ms);
}

TEST(PublishJson, MemberNamesMayBeEscaped) {
  EXPECT_EQ(parse(R"({"\u0074opic":"t"})").topics, std::vector<std::string>{"t"});
}

TEST(PublishJson, ReadsTimesAsTextToo) {
  EXPECT_EQ(parse(R"({"topic":"t","time":"2023-11-14T22:13:20.123Z"})").time, 1700000000123);
}

TEST(PublishJson, AVeryShortLifeIsNotEndless) {
  EXPECT_EQ(parse(R"({"topic":"t","ttl":0.0001})").ttl_ms, 1u);
  EXPECT_EQ(parse(R"({"topic":"t","ttl":60})").ttl_ms, 60'000u);
}

struct Refused {
  std::string_view text;
  ErrorCode code;
};

class Refusal : public testing::TestWithParam<Refused> {};

TEST_P(Refusal, HasItsCode) {
  const auto event = parse_publish_json(GetParam().text, kLimits);
  ASSERT_FALSE(event) << GetParam().text;
  EXPECT_EQ(event.error().code, GetParam().code)
      << GetParam().text << ": " << event.error().message();
}

INSTANTIATE_TEST_SUITE_P(NotJson, Refusal, testing::ValuesIn([] {
                           std::vector<Refused> cases;
                           for (const std::string_view text :
                                {std::string_view(""),
                                 std::string_view("  "),
                                 std::string_view("{"),
                                 std::string_view("}"),
                                 std::string_view("{,}"),
                                 std::string_view("{\"topic\"}"),
                                 std::string_view("{\"topic\":}"),
                                 std::string_view("{\"topic\":\"t\""),
                                 std::string_view("{\"topic\":\"t\",}"),
                                 std::string_view("{\"topic\":\"t\"}x"),
                                 std::string_view("{\"topic\":\"t\"}{}"),
                                 std::string_view("{topic:\"t\"}"),
                                 std::string_view("{'topic':'t'}"),
                                 std::string_view("{\"topic\":\"t\" \"data\":1}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":01}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":1.}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":+1}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":NaN}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":nul}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":[1,]}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":/**/1}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":\"\n\"}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":\"\\x\"}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":\"\\ud83d\"}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":\"\\ud83dx\"}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":\"\\ud83d\\u0041\"}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":\"\\ude00\"}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":\"\xFF\"}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":\"\xED\xA0\x80\"}"),
                                 std::string_view("{\"topic\":\"t\",\"data\":[\"\xC3\"]}"),
                                 std::string_view("{\"topic\":\"t\"\0}", 14),
                                 std::string_view("\xEF\xBB\xBF{\"topic\":\"t\"}"),
                                 std::string_view("{\"topics\":[,]}"),
                                 std::string_view("{\"topics\":[\"a\"")}) {
                             cases.push_back({text, ErrorCode::kBadJson});
                           }
                           return cases;
                         }()));

INSTANTIATE_TEST_SUITE_P(
    NotAnEvent, Refusal,
    testing::Values(Refused{"[]", ErrorCode::kBadEvent}, Refused{"\"x\"", ErrorCode::kBadEvent},
                    Refused{"1", ErrorCode::kBadEvent}, Refused{"{}", ErrorCode::kBadTopic},
                    Refused{R"({"topic":null})", ErrorCode::kBadTopic},
                    Refused{R"({"topic":""})", ErrorCode::kBadTopic},
                    Refused{R"({"topic":"a\nb"})", ErrorCode::kBadTopic},
                    Refused{R"({"topics":["a",""]})", ErrorCode::kBadTopic},
                    Refused{R"({"topic":1})", ErrorCode::kBadEvent},
                    Refused{R"({"topics":[]})", ErrorCode::kBadEvent},
                    Refused{R"({"topics":"a"})", ErrorCode::kBadEvent},
                    Refused{R"({"topics":["a",1]})", ErrorCode::kBadEvent},
                    Refused{R"({"topics":["a"],"topic":"a"})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","Data":1})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","event":1})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","event":"a\r\nid: 1"})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","id":"\u0000"})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","id":7})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","retry":-1})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","retry":1.5})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","retry":"1"})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","retry":4294967296})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","retry":18446744073709551615})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","ttl":0})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","ttl":-1})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","ttl":1e400})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","ttl":0e400})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","ttl":4294968})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","ttl":"60"})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","time":-1})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","time":1.5})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","time":253402300800000})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","time":"yesterday"})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","private":1})", ErrorCode::kBadEvent},
                    Refused{R"({"topic":"t","close":"true"})", ErrorCode::kBadEvent}));

TEST(PublishJson, SaysAtWhichByteTheJsonBreaks) {
  const auto offset = [](std::string_view text) {
    const std::string detail = parse_publish_json(text, kLimits).error().detail;
    return detail.substr(detail.rfind(' ') + 1);
  };
  EXPECT_EQ(offset(""), "0");
  EXPECT_EQ(offset("{\"topic\" \"t\"}"), "9");
  EXPECT_EQ(offset("{\"topic\":\"t\",\"data\":[1,nul]}"), "26");
  const std::string filler(5'000, 'x');
  EXPECT_EQ(offset("{\"topic\":\"t\",\"data\":\"" + filler + "\xFF\"}"), "5021");
  EXPECT_EQ(offset("{\"topic\":\"" + filler), "5010");
}

TEST(PublishJson, RefusesDeepNestingHoweverDeepItIs) {
  const auto nested = [](std::size_t levels) {
    return R"({"topic":"t","data":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_TRUE(parse_publish_json(nested(63), kLimits));
  EXPECT_EQ(parse_publish_json(nested(64), kLimits).error().code, ErrorCode::kBadJson);
  EXPECT_EQ(parse_publish_json(nested(200'000), kLimits).error().code, ErrorCode::kBadJson);
  EXPECT_EQ(parse_publish_body(std::string(200'000, '['), kLimits).error().code,
            ErrorCode::kBadJson);
  EXPECT_TRUE(parse_publish_body("[" + nested(62) + "]", kLimits));
  EXPECT_FALSE(parse_publish_body("[" + nested(63) + "]", kLimits));
}

TEST(PublishJson, HoldsToTheLimits) {
  const EventLimits limits{.data_bytes_max = 4, .topics_max = 1};
  EXPECT_TRUE(parse_publish_json(R"({"topic":"t","data":"1234"})", limits));
  EXPECT_EQ(parse_publish_json(R"({"topic":"t","data":"12345"})", limits).error().code,
            ErrorCode::kEventTooLarge);
  EXPECT_EQ(parse_publish_json(R"({"topics":["a","b"]})", limits).error().code,
            ErrorCode::kTooManyTopics);
}

TEST(PublishBody, IsOneEventOrAnArrayOfThem) {
  const auto one = parse_publish_body(R"( {"topic":"a"} )", kLimits);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->size(), 1u);
  const auto two = parse_publish_body(R"( [ {"topic":"a"} , {"topic":"b","data":[1]} ] )", kLimits);
  ASSERT_TRUE(two);
  ASSERT_EQ(two->size(), 2u);
  EXPECT_EQ((*two)[1].data, "[1]");
}

TEST(PublishBody, SaysWhichEventIsWrong) {
  const auto body = parse_publish_body(R"([{"topic":"a"},{"topic":"b","x":1}])", kLimits);
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, ErrorCode::kBadEvent);
  EXPECT_EQ(body.error().detail, "event 2: \"x\" is not a member of a publish");
}

TEST(PublishBody, IsRefusedWhenEmptyOrBroken) {
  EXPECT_EQ(parse_publish_body("[]", kLimits).error().code, ErrorCode::kBadEvent);
  EXPECT_EQ(parse_publish_body("", kLimits).error().code, ErrorCode::kBadJson);
  for (const std::string_view text :
       {"[", "[,]", R"([{"topic":"a"},])", R"([{"topic":"a"} {"topic":"b"}])", R"([{"topic":"a"})",
        R"([{"topic":"a"}]x)"}) {
    const auto body = parse_publish_body(text, kLimits);
    ASSERT_FALSE(body) << text;
    EXPECT_EQ(body.error().code, ErrorCode::kBadJson) << text;
  }
  EXPECT_EQ(parse_publish_body("[1]", kLimits).error().code, ErrorCode::kBadEvent);
}

TEST(PublishJson, KeepsATraceAndIgnoresOneThatIsNotValid) {
  constexpr std::string_view kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto traced = parse_publish_json(
      R"({"topic":"t","data":"x","traceparent":")" + std::string(kTrace) + "\"}", {});
  ASSERT_TRUE(traced);
  EXPECT_EQ(unpack_trace(traced->trace), parse_traceparent(kTrace));
  const auto ignored = parse_publish_json(R"({"topic":"t","traceparent":"00-1-2-3"})", {});
  ASSERT_TRUE(ignored);
  EXPECT_EQ(ignored->trace, "");
  EXPECT_FALSE(parse_publish_json(R"({"topic":"t","traceparent":7})", {}));
}

}  // namespace
}  // namespace weir::proto
