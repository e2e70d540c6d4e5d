#include "proto/websocket_message.hpp"

#include <gmock/gmock.h>

namespace weir::proto {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(WebSocketMessageTest, ASubscribeIsReadWithAllItsMembers) {
  ClientMessage message;
  ASSERT_TRUE(parse_client_message(
      R"({"id":7,"type":"subscribe","topics":["a","b"],"match":["o/*"],"after":"earliest","heartbeat":5,"credit":10})",
      message));
  EXPECT_EQ(message.type, ClientMessage::Type::kSubscribe);
  EXPECT_EQ(message.id, "7");
  EXPECT_THAT(message.topics, ElementsAre("a", "b"));
  EXPECT_THAT(message.match, ElementsAre("o/*"));
  EXPECT_EQ(message.after, "earliest");
  EXPECT_EQ(message.heartbeat, 5U);
  EXPECT_EQ(message.credit, 10U);
}

TEST(WebSocketMessageTest, TheOtherRequestsAreRead) {
  ClientMessage message;
  ASSERT_TRUE(parse_client_message(R"( {"type":"ack","sub":2,"count":3} )", message));
  EXPECT_EQ(message.sub, 2U);
  EXPECT_EQ(message.count, 3U);
  message = {};
  ASSERT_TRUE(parse_client_message(R"({"type":"unsubscribe","sub":0,"id":"x\"y"})", message));
  EXPECT_EQ(message.id, R"("x\"y")") << "as it was written";
  message = {};
  ASSERT_TRUE(
      parse_client_message(R"({"event":{"topic":"t","data":1e400},"type":"publish"})", message));
  EXPECT_EQ(message.event, R"({"topic":"t","data":1e400})");
  message = {};
  ASSERT_TRUE(parse_client_message(R"({"type":"ping"})", message));
  EXPECT_EQ(message.type, ClientMessage::Type::kPing);
}

struct Bad {
  const char* text;
  const char* says;
};
class NotAMessage : public testing::TestWithParam<Bad> {};

TEST_P(NotAMessage, IsRefusedWithWhatIsWrong) {
  ClientMessage message;
  const auto parsed = parse_client_message(GetParam().text, message);
  ASSERT_FALSE(parsed) << GetParam().text;
  EXPECT_THAT(parsed.error().detail, HasSubstr(GetParam().says)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    WebSocketMessageTest, NotAMessage,
    testing::Values(Bad{"", ""}, Bad{"nonsense", ""}, Bad{"[]", "JSON object"},
                    Bad{"{}", "\"type\""}, Bad{R"({"type":"shout"})", "\"type\""},
                    Bad{R"({"type":1})", "\"type\""}, Bad{R"({"type":"ping"}x)", ""},
                    Bad{R"({"type":"ping","other":1})", "\"other\""},
                    Bad{R"({"type":"ping","sub":1})", "ping takes no \"sub\""},
                    Bad{R"({"type":"ack","sub":1})", "ack needs \"count\""},
                    Bad{R"({"type":"ack","sub":1,"count":0})", "\"count\""},
                    Bad{R"({"type":"ack","sub":-1,"count":1})", "\"sub\""},
                    Bad{R"({"type":"ack","sub":1,"count":4294967296})", "\"count\""},
                    Bad{R"({"type":"publish"})", "publish needs \"event\""},
                    Bad{R"({"type":"subscribe","topics":"a"})", "array"},
                    Bad{R"({"type":"subscribe","topics":[1]})", "array"},
                    Bad{R"({"type":"subscribe","after":1})", "\"after\""},
                    Bad{R"({"type":"subscribe","heartbeat":3601})", "\"heartbeat\""},
                    Bad{R"({"type":"ping","id":{}})", "\"id\""},
                    Bad{R"({"type":"ping","id":1,"id":1})", "\"id\" comes twice"},
                    Bad{R"({"type":"publish","event":{"topic":"a"},"event":{"topic":"b"}})",
                        "\"event\" comes twice"},
                    Bad{R"({"type":"ping","t\u0079pe":"publish"})", "\"type\" comes twice"},
                    Bad{R"({"type":"ping","id":null})", "\"id\""}));

TEST(WebSocketMessageTest, AMistakeKeepsTheIdThatStoodBeforeIt) {
  ClientMessage message;
  EXPECT_FALSE(parse_client_message(R"({"id":3,"type":"shout"})", message));
  EXPECT_EQ(message.id, "3");
}

}  // namespace
}  // namespace weir::proto
