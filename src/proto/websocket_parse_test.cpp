#include "proto/websocket_parse.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "base/random.hpp"
#include "proto/websocket_deflate.hpp"

namespace weir::proto {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_literals;

/// A frame as a client sends it. The mask is that of the examples in RFC 6455, 5.7.
std::string frame(unsigned first, std::string_view payload,
                  std::string_view mask = "\x37\xfa\x21\x3d") {
  std::string out{static_cast<char>(first)};
  if (payload.size() < 126) {
    out.push_back(static_cast<char>(0x80 | payload.size()));
  } else if (payload.size() < 65'536) {
    out.append({static_cast<char>(0x80 | 126), static_cast<char>(payload.size() >> 8),
                static_cast<char>(payload.size())});
  } else {
    out.push_back(static_cast<char>(0x80 | 127));
    for (int shift = 56; shift >= 0; shift -= 8) {
      out.push_back(static_cast<char>(payload.size() >> shift));
    }
  }
  out.append(mask);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
  }
  return out;
}

struct Recorder final : WebSocketParser::Receiver {
  bool on_text(std::string_view message) override {
    said.push_back("text " + std::string(message));
    return goes_on;
  }
  bool on_ping(std::string_view payload) override {
    said.push_back("ping " + std::string(payload));
    return goes_on;
  }
  bool on_pong(std::string_view payload) override {
    said.push_back("pong " + std::string(payload));
    return goes_on;
  }
  void on_close(std::uint16_t code, std::string_view reason) override {
    said.push_back("close " + std::to_string(code) + " " + std::string(reason));
  }

  std::vector<std::string> said;
  bool goes_on = true;
};

struct Outcome {
  std::vector<std::string> said;
  std::optional<CloseCode> code;
  bool at_rest = false;

  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, std::size_t piece = std::string::npos,
              WebSocketParser::Limits limits = {}) {
  Recorder recorder;
  WebSocketParser parser(limits);
  Outcome outcome;
  while (!bytes.empty() && !outcome.code) {
    if (const auto closing = parser.feed(bytes.substr(0, piece), recorder)) {
      outcome.code = closing->code;
    }
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  outcome.said = recorder.said;
  outcome.at_rest = parser.at_rest();
  return outcome;
}

TEST(WebSocketFrameTest, TheServersExamplesOfTheSpecificationAreWritten) {
  std::string out;
  append_frame(out, Opcode::kText, "Hello");
  EXPECT_EQ(out, "\x81\x05Hello");
  out.clear();
  append_frame(out, Opcode::kPing, "Hello");
  EXPECT_EQ(out, "\x89\x05Hello");
  out.clear();
  append_frame_head(out, Opcode::kBinary, 256);
  EXPECT_EQ(out, "\x82\x7E\x01\x00"s);
  out.clear();
  append_frame_head(out, Opcode::kBinary, 65'536);
  EXPECT_EQ(out, "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
  out.clear();
  append_frame_head(out, Opcode::kText, 125, true);
  EXPECT_EQ(out, "\xC1\x7D");
}

TEST(WebSocketParseTest, TheClientsExamplesOfTheSpecificationAreRead) {
  const auto hello = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s;
  EXPECT_EQ(frame(0x81, "Hello"), hello);
  const auto pong = "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s;
  const auto fragments = frame(0x01, "Hel") + frame(0x80, "lo");
  for (const std::size_t piece : {std::string::npos, std::size_t{1}, std::size_t{3}}) {
    EXPECT_THAT(parse(hello, piece).said, ElementsAre("text Hello"));
    EXPECT_THAT(parse(pong, piece).said, ElementsAre("pong Hello"));
    EXPECT_THAT(parse(fragments, piece).said, ElementsAre("text Hello"));
    EXPECT_TRUE(parse(fragments, piece).at_rest);
  }
}

TEST(WebSocketParseTest, LengthsOfEveryFormAreRead) {
  for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 65'535UL, 65'536UL, 100'000UL}) {
    const std::string text(size, 'x');
    const auto outcome = parse(frame(0x81, text), 1000);
    EXPECT_THAT(outcome.said, ElementsAre("text " + text));
    EXPECT_TRUE(outcome.at_rest);
  }
}

TEST(WebSocketParseTest, ControlFramesMayStandBetweenFragments) {
  const auto bytes = frame(0x01, "a") + frame(0x89, "p") + frame(0x00, "b") + frame(0x8A, "q") +
                     frame(0x80, "") + frame(0x81, "c");
  EXPECT_THAT(parse(bytes).said, ElementsAre("ping p", "pong q", "text ab", "text c"));
}

struct Violation {
  const char* name;
  std::string bytes;
  CloseCode code;
};

class WebSocketViolation : public testing::TestWithParam<Violation> {};

TEST_P(WebSocketViolation, ClosesWithItsCode) {
  for (const std::size_t piece : {std::string::npos, std::size_t{1}}) {
    const auto outcome = parse(GetParam().bytes, piece, {.message_bytes_max = 1000});
    ASSERT_TRUE(outcome.code) << GetParam().name;
    EXPECT_EQ(*outcome.code, GetParam().code) << GetParam().name;
    EXPECT_THAT(outcome.said, IsEmpty()) << GetParam().name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    WebSocketParseTest, WebSocketViolation,
    testing::Values(
        Violation{"unmasked", "\x81\x05Hello", CloseCode::kProtocolError},
        Violation{"rsv1 without an extension", frame(0xC1, "x"), CloseCode::kProtocolError},
        Violation{"rsv2", frame(0xA1, "x"), CloseCode::kProtocolError},
        Violation{"rsv3", frame(0x91, "x"), CloseCode::kProtocolError},
        Violation{"opcode 3", frame(0x83, "x"), CloseCode::kProtocolError},
        Violation{"opcode 15", frame(0x8F, ""), CloseCode::kProtocolError},
        Violation{"binary", frame(0x82, "x"), CloseCode::kUnsupported},
        Violation{"a fragmented ping", frame(0x09, "x"), CloseCode::kProtocolError},
        Violation{"a long ping", frame(0x89, std::string(126, 'x')), CloseCode::kProtocolError},
        Violation{"a continuation of nothing", frame(0x80, "x"), CloseCode::kProtocolError},
        Violation{"a message in a message", frame(0x01, "x") + frame(0x81, "y"),
                  CloseCode::kProtocolError},
        Violation{"a length of 64 bits",
                  "\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"s,
                  CloseCode::kProtocolError},
        Violation{"a length in more bytes than it takes", "\x81\xFE\x00\x05\x00\x00\x00\x00"s,
                  CloseCode::kProtocolError},
        Violation{"the same in eight", "\x81\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF\x00\x00\x00\x00"s,
                  CloseCode::kProtocolError},
        Violation{"too big", frame(0x81, std::string(1001, 'x')), CloseCode::kTooBig},
        Violation{"too big in fragments",
                  frame(0x01, std::string(600, 'x')) + frame(0x80, std::string(401, 'x')),
                  CloseCode::kTooBig},
        Violation{"too big by far", "\x81\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00"s,
                  CloseCode::kTooBig},
        Violation{"invalid UTF-8", frame(0x81, "a\xFF"), CloseCode::kInvalidData},
        Violation{"a code point that is cut", frame(0x81, "a\xE2\x82"), CloseCode::kInvalidData},
        Violation{"a surrogate over fragments", frame(0x01, "\xED") + frame(0x80, "\xA0\x80"),
                  CloseCode::kInvalidData},
        Violation{"half a close code", frame(0x88, "\x03"), CloseCode::kProtocolError},
        Violation{"close code 999", frame(0x88, "\x03\xE7"), CloseCode::kProtocolError},
        Violation{"close code 1004", frame(0x88, "\x03\xEC"), CloseCode::kProtocolError},
        Violation{"close code 1005", frame(0x88, "\x03\xED"), CloseCode::kProtocolError},
        Violation{"close code 1006", frame(0x88, "\x03\xEE"), CloseCode::kProtocolError},
        Violation{"close code 1015", frame(0x88, "\x03\xF7"), CloseCode::kProtocolError},
        Violation{"close code 2999", frame(0x88, "\x0B\xB7"), CloseCode::kProtocolError},
        Violation{"close code 5000", frame(0x88, "\x13\x88"), CloseCode::kProtocolError},
        Violation{"a close reason that is not UTF-8", frame(0x88, "\x03\xE8\xFF"),
                  CloseCode::kInvalidData}));

TEST(WebSocketParseTest, InvalidTextIsToldBeforeItsMessageEnds) {
  const auto outcome = parse(frame(0x01, "a\xC0\xAF"));
  EXPECT_EQ(outcome.code, CloseCode::kInvalidData);
}

TEST(WebSocketParseTest, ACodePointMayBeCutByFragmentsAndPieces) {
  const auto bytes = frame(0x01, "\xF0\x9F") + frame(0x00, "\x98") + frame(0x80, "\x80");
  for (const std::size_t piece : {std::string::npos, std::size_t{1}, std::size_t{7}}) {
    EXPECT_THAT(parse(bytes, piece).said, ElementsAre("text \xF0\x9F\x98\x80"));
  }
}

TEST(WebSocketParseTest, ACloseIsTheLastThatIsRead) {
  EXPECT_THAT(parse(frame(0x88, "") + frame(0x81, "x")).said, ElementsAre("close 1005 "));
  EXPECT_THAT(parse(frame(0x88,
                          "\x03\xE9"
                          "bye"))
                  .said,
              ElementsAre("close 1001 bye"));
  for (const std::string_view code :
       {"\x03\xE8", "\x03\xEB", "\x03\xEF", "\x03\xF6", "\x0B\xB8", "\x0F\xA0", "\x13\x87"}) {
    EXPECT_FALSE(parse(frame(0x88, code)).code);
  }
}

TEST(WebSocketParseTest, AReceiverMayStopTheParse) {
  Recorder recorder;
  recorder.goes_on = false;
  WebSocketParser parser({});
  EXPECT_FALSE(parser.feed(frame(0x81, "a") + frame(0x81, "b"), recorder));
  EXPECT_THAT(recorder.said, ElementsAre("text a"));
}

TEST(WebSocketParseTest, ClosePayloadsAreWhatIsReadBack) {
  EXPECT_EQ(close_payload({CloseCode::kGoingAway, "bye"}),
            "\x03\xE9"
            "bye");
  EXPECT_EQ(close_payload({CloseCode::kNoStatus, "never"}), "");
  EXPECT_EQ(close_payload({CloseCode::kNormal, std::string(200, 'x')}).size(), 125U);
}

// RFC 7692, 7.2.3: the examples.
TEST(WebSocketDeflateTest, TheExamplesOfTheSpecificationAreInflated) {
  const WebSocketParser::Limits limits{.message_bytes_max = 100, .compressed = true};
  const auto one_block = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;
  EXPECT_THAT(parse(frame(0xC1, one_block), 1, limits).said, ElementsAre("text Hello"));
  EXPECT_THAT(
      parse(frame(0x41, one_block.substr(0, 3)) + frame(0x80, one_block.substr(3)), 4, limits).said,
      ElementsAre("text Hello"));
  const auto no_compression = "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s;
  EXPECT_THAT(parse(frame(0xC1, no_compression), 5, limits).said, ElementsAre("text Hello"));
  const auto final_block = "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s;
  EXPECT_THAT(parse(frame(0xC1, final_block), 5, limits).said, ElementsAre("text Hello"));
  const auto two_blocks = "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s;
  EXPECT_THAT(parse(frame(0xC1, two_blocks), 5, limits).said, ElementsAre("text Hello"));
  // A message that is not compressed may follow.
  EXPECT_THAT(parse(frame(0xC1, one_block) + frame(0x81, "plain"), 9, limits).said,
              ElementsAre("text Hello", "text plain"));
}

TEST(WebSocketDeflateTest, WhatIsDeflatedIsInflated) {
  base::Random random(7);
  for (const std::size_t size : {0UL, 1UL, 100UL, 16'384UL, 16'385UL, 200'000UL}) {
    std::string noise(size, '\0');
    for (auto& byte : noise) byte = static_cast<char>('a' + random.below(20));
    const auto inflated = inflate_message(deflate_message(noise), size);
    EXPECT_EQ(inflated.status, Inflated::Status::kOk);
    EXPECT_EQ(inflated.text, noise);
    if (size == 0) continue;
    EXPECT_EQ(inflate_message(deflate_message(noise), size - 1).status, Inflated::Status::kTooBig);
  }
}

TEST(WebSocketDeflateTest, ABombIsTooBigAndNoiseIsInvalid) {
  const WebSocketParser::Limits limits{.message_bytes_max = 100'000, .compressed = true};
  const auto bomb = deflate_message(std::string(50'000'000, '\0'));
  ASSERT_LT(bomb.size(), limits.message_bytes_max);
  EXPECT_EQ(parse(frame(0xC1, bomb), std::string::npos, limits).code, CloseCode::kTooBig);
  EXPECT_EQ(parse(frame(0xC1, "\xFF\xFF\xFF\xFF"), std::string::npos, limits).code,
            CloseCode::kInvalidData);
  EXPECT_EQ(parse(frame(0xC1, deflate_message("\xFF")), std::string::npos, limits).code,
            CloseCode::kInvalidData);
  EXPECT_EQ(parse(frame(0x41, "x") + frame(0xC0, "x"), std::string::npos, limits).code,
            CloseCode::kProtocolError);
  EXPECT_EQ(parse(frame(0xC9, "x"), std::string::npos, limits).code, CloseCode::kProtocolError);
}

}  // namespace
}  // namespace weir::proto
