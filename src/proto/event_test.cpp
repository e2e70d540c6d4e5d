#include "proto/event.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace weir::proto {
namespace {

using base::ErrorCode;

Event small_event() {
  Event event;
  event.topics = {"orders/17"};
  event.data = "x";
  return event;
}

TEST(Topic, MayBeAnyTextOfOneLine) {
  for (const std::string topic : {"a", "/", "orders/17", "https://example.com/books/{id}?a=b#c",
                                  "grüße/世界", " ", "\xC2\xA0"}) {
    EXPECT_TRUE(validate_topic(topic)) << topic;
  }
  EXPECT_TRUE(validate_topic(std::string(kTopicBytesMax, 'a')));
}

TEST(Topic, IsRefusedWhenEmptyLongNotUtf8OrWithControlCharacters) {
  for (const std::string_view topic :
       {std::string_view(""), std::string_view("a\nb"), std::string_view("a\0b", 3),
        std::string_view("\x1F"), std::string_view("\x7F"), std::string_view("\xC2\x80"),
        std::string_view("x\xC2\x9F"), std::string_view("\xFF"), std::string_view("\xC2"),
        std::string_view("a\xED\xA0\x80")}) {
    const auto valid = validate_topic(topic);
    ASSERT_FALSE(valid);
    EXPECT_EQ(valid.error().code, ErrorCode::kBadTopic);
  }
  EXPECT_FALSE(validate_topic(std::string(kTopicBytesMax + 1, 'a')));
}

struct Refusal {
  const char* name;
  ErrorCode code;
  std::function<void(Event&)> spoil;
};

class EventRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(EventRefusal, HasItsCode) {
  const EventLimits limits{.data_bytes_max = 10, .topics_max = 2};
  Event event = small_event();
  ASSERT_TRUE(validate(event, limits));
  GetParam().spoil(event);
  const auto valid = validate(event, limits);
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().code, GetParam().code) << valid.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Event, EventRefusal,
    testing::Values(
        Refusal{"NoTopic", ErrorCode::kBadTopic, [](Event& e) { e.topics.clear(); }},
        Refusal{"BadTopic", ErrorCode::kBadTopic, [](Event& e) { e.topics.push_back("\n"); }},
        Refusal{"TooManyTopics", ErrorCode::kTooManyTopics,
                [](Event& e) { e.topics.resize(3, "a"); }},
        Refusal{"LfInType", ErrorCode::kBadEvent, [](Event& e) { e.type = "a\nid: 7"; }},
        Refusal{"CrInType", ErrorCode::kBadEvent, [](Event& e) { e.type = "a\r"; }},
        Refusal{"NulInId", ErrorCode::kBadEvent, [](Event& e) { e.id = std::string("a\0", 2); }},
        Refusal{"LfInId", ErrorCode::kBadEvent, [](Event& e) { e.id = "\n"; }},
        Refusal{"TypeNotUtf8", ErrorCode::kBadEvent, [](Event& e) { e.type = "\xFC"; }},
        Refusal{"TypeOfTheServersOwn", ErrorCode::kBadEvent,
                [](Event& e) { e.type = "presence.joined"; }},
        Refusal{"LongType", ErrorCode::kBadEvent,
                [](Event& e) { e.type.resize(kTypeBytesMax + 1, 'a'); }},
        Refusal{"LongId", ErrorCode::kBadEvent,
                [](Event& e) { e.id.resize(kIdBytesMax + 1, 'a'); }},
        Refusal{"LongKey", ErrorCode::kBadEvent,
                [](Event& e) { e.key.resize(kKeyBytesMax + 1, 'a'); }},
        Refusal{"LargeData", ErrorCode::kEventTooLarge, [](Event& e) { e.data.resize(11); }}),
    [](const auto& test) { return test.param.name; });

TEST(Event, CountsEveryByteThatItHolds) {
  Event event = small_event();
  const std::size_t before = event.bytes();
  event.data += "1234";
  event.type = "ab";
  event.id = "c";
  event.key = "d";
  event.topics.push_back("x");
  EXPECT_EQ(event.bytes(), before + 8 + 1 + sizeof(std::string));
}

}  // namespace
}  // namespace weir::proto
