#include "load/websocket_scanner.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::bench {
namespace {

std::string text_frame(std::string_view payload) {
  std::string frame = "\x81";
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(payload.size()));
  } else {
    size_t bytes = payload.size() <= 0xFFFF ? 2 : 8;
    frame.push_back(bytes == 2 ? 126 : 127);
    while (bytes-- > 0) frame.push_back(static_cast<char>(payload.size() >> (8 * bytes)));
  }
  return frame.append(payload);
}

TEST(WebSocketScanner, FindsTheSameFramesHoweverTheBytesAreCut) {
  const std::vector<std::string> payloads{"",
                                          "one",
                                          std::string(125, 'a'),
                                          std::string(126, 'b'),
                                          std::string(65535, 'c'),
                                          std::string(65536, 'd')};
  std::string bytes;
  for (const std::string& payload : payloads) bytes += text_frame(payload);
  for (size_t piece : {size_t{1}, size_t{3}, size_t{127}, size_t{4096}, bytes.size()}) {
    std::string carry;
    std::vector<std::string> seen;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      carry += bytes.substr(at, piece);
      carry.erase(0, scan_frames(carry, [&](const WebSocketFrame& frame) {
                    EXPECT_TRUE(frame.well_formed);
                    EXPECT_EQ(frame.opcode, WebSocketFrame::kText);
                    seen.emplace_back(frame.payload);
                  }));
    }
    EXPECT_EQ(seen, payloads) << "in pieces of " << piece;
    EXPECT_TRUE(carry.empty());
  }
}

TEST(WebSocketScanner, SeesWhatNoServerMaySend) {
  using namespace std::string_literals;
  const std::vector<std::string> frames{
      "\x01\x01x"s,                    // not the last of its message
      "\xC1\x01x"s,                    // a reserved bit
      "\x81\x81\0\0\0\0x"s,            // masked
      "\x81\x7E\0\x01x"s,              // a length in more bytes than it needs
      "\x81\x7F\0\0\0\0\0\0\0\x01x"s,  // and in many more
  };
  for (const std::string& bytes : frames) {
    size_t found = 0;
    EXPECT_EQ(scan_frames(bytes,
                          [&](const WebSocketFrame& frame) {
                            ++found;
                            EXPECT_FALSE(frame.well_formed);
                            EXPECT_EQ(frame.payload, "x");
                          }),
              bytes.size());
    EXPECT_EQ(found, 1U);
  }
}

TEST(WebSocketScanner, APongIsMaskedAndSaysWhatThePingSaid) {
  const std::string frame = pong_frame("hello");
  EXPECT_EQ(static_cast<uint8_t>(frame[0]), 0x8AU);
  EXPECT_EQ(static_cast<uint8_t>(frame[1]), 0x85U);
  EXPECT_EQ(frame.substr(2), std::string(4, '\0') + "hello");
}

TEST(WebSocketMessage, TellsOfAnEvent) {
  ScannedEvent event;
  ASSERT_TRUE(read_message(
      R"({"cursor":"e-7","topic":"a","event":"message","data":"x y","time":"t"})", event));
  EXPECT_EQ(event.id, "e-7");
  EXPECT_EQ(event.type, "message");
  EXPECT_EQ(event.data, "x y");
  EXPECT_EQ(event.data_lines, 1);
}

TEST(WebSocketMessage, TellsOfControlByItsTypeWhateverItsDataHolds) {
  ScannedEvent event;
  ASSERT_TRUE(read_message(
      R"( { "type" : "gap", "data": {"from": ["}", 1, {"a": "\"]"}], "cursor": "e-1"}, "n": -1.5e3 } )",
      event));
  EXPECT_EQ(event.type, "gap");
  EXPECT_EQ(event.id, "");
  EXPECT_EQ(event.data_lines, 1);
}

TEST(WebSocketMessage, LeavesEscapesForWhoeverChecksTheDataAndCountsASecondData) {
  ScannedEvent event;
  ASSERT_TRUE(read_message(R"({"data":"a\"b\\","data":"c"})", event));
  EXPECT_EQ(event.data, "c");
  EXPECT_EQ(event.data_lines, 2);
  ScannedEvent escaped;
  ASSERT_TRUE(read_message(R"({"data":"a\"b\\"})", escaped));
  EXPECT_EQ(escaped.data, R"(a\"b\\)");
}

TEST(WebSocketMessage, RefusesWhatIsNotOneObject) {
  for (std::string_view text :
       {"", "[]", "{", "{}x", R"({"a":1)", R"({"a":1}})", R"({"a")", R"({"a":})", R"({"a":1,})",
        R"({"a":"b)", R"({"a":"b\")", R"({"a":[1})", R"({"a":]})", R"({a:1})"}) {
    ScannedEvent event;
    EXPECT_FALSE(read_message(text, event)) << text;
  }
  ScannedEvent event;
  EXPECT_TRUE(read_message("{}", event));
}

}  // namespace
}  // namespace weir::bench
