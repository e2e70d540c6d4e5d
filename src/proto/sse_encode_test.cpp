#include "proto/sse_encode.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "proto/sse_parse.hpp"

namespace weir::proto {
namespace {

constexpr base::Epoch kEpoch{0x1f};

std::string frame(const SseFrame& fields) {
  std::string out;
  append_sse_frame(out, fields);
  return out;
}

std::string data_frame(std::string_view data) { return frame({.data = data}); }

TEST(SseFrame, WritesItsFieldsInOrder) {
  EXPECT_EQ(frame({.id = "7", .type = "note", .data = "a\nb", .retry_ms = 1500}),
            "id: 7\nevent: note\nretry: 1500\ndata: a\ndata: b\n\n");
  EXPECT_EQ(frame({.id = {}, .type = {}, .data = "x", .retry_ms = 0}), "retry: 0\ndata: x\n\n");
}

TEST(SseFrame, LeavesTheDefaultTypeOut) {
  EXPECT_EQ(frame({.type = "message", .data = "x"}), "data: x\n\n");
}

TEST(SseFrame, SplitsDataAtEveryLineEndOfTheStandardAndAtNoOther) {
  EXPECT_EQ(data_frame(""), "data: \n\n");
  EXPECT_EQ(data_frame("a\r\nb\rc\nd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(data_frame("a\n"), "data: a\ndata: \n\n");
  EXPECT_EQ(data_frame("a\r"), "data: a\ndata: \n\n");
  EXPECT_EQ(data_frame("\r\n"), "data: \ndata: \n\n");
  EXPECT_EQ(data_frame("\n\r"), "data: \ndata: \ndata: \n\n");
  EXPECT_EQ(data_frame("\r\r\n\n"), "data: \ndata: \ndata: \ndata: \n\n");
  const std::string_view not_ends = "a\v\f\x1C\xC2\x85\xE2\x80\xA8\xE2\x80\xA9";
  EXPECT_EQ(data_frame(not_ends), "data: " + std::string(not_ends) + "\n\n");
}

TEST(SseFrame, KeepsALeadingSpaceAndBytesThatAreNotUtf8) {
  EXPECT_EQ(data_frame(" x"), "data:  x\n\n");
  EXPECT_EQ(data_frame("\xFF\xC3"), "data: \xFF\xC3\n\n");
  EXPECT_EQ(data_frame(std::string_view("a\0b", 3)), std::string("data: a\0b\n\n", 11));
}

TEST(SseFrame, DataCannotBeginAFieldOfItsOwn) {
  EXPECT_EQ(data_frame("x\n\nevent: evil\nid: 9"),
            "data: x\ndata: \ndata: event: evil\ndata: id: 9\n\n");
}

TEST(SseEvent, IsIdentifiedByItsCursorUnlessItIsEphemeral) {
  EventView event{.sequence = {42}, .type = "t", .data = "x", .id = "the publisher's"};
  std::string out;
  append_sse_event(out, kEpoch, event);
  EXPECT_EQ(out, "id: 000000000000001f-42\nevent: t\ndata: x\n\n");
  event.sequence = {0};
  out.clear();
  append_sse_event(out, kEpoch, event);
  EXPECT_EQ(out, "event: t\ndata: x\n\n");
}

TEST(SseControlFrame, NeverHasAnId) {
  EXPECT_EQ(sse_control_frame("gap", R"({"reason":"trimmed"})"),
            "event: gap\ndata: {\"reason\":\"trimmed\"}\n\n");
  EXPECT_EQ(sse_control_frame("drain", "{}", 250), "event: drain\nretry: 250\ndata: {}\n\n");
}

TEST(Chunk, CountsItsBytesInHexadecimal) {
  EXPECT_EQ(as_chunk("x"), "1\r\nx\r\n");
  EXPECT_EQ(as_chunk(std::string(0x1af, 'x')), "1af\r\n" + std::string(0x1af, 'x') + "\r\n");
}

TEST(Chunk, OfNothingIsNothingBecauseAnEmptyChunkEndsTheBody) { EXPECT_EQ(as_chunk(""), ""); }

/// Around each size at which the chunk head grows by a digit, whatever part of the frame is the
/// cause.
TEST(SseFrames, EachFrameIsAChunkWithAHeadOfTheShortestForm) {
  std::vector<std::string> datas;
  for (const std::size_t edge :
       {std::size_t{16}, std::size_t{256}, std::size_t{4096}, std::size_t{65536}}) {
    for (std::size_t size = edge > 80 ? edge - 80 : 0; size < edge + 4; ++size) {
      datas.emplace_back(size, 'x');
    }
  }
  datas.emplace_back(200, '\n');  // Seven bytes on the wire for each.

  SseFrames frames(datas.size(), 0);
  std::vector<std::string> plain;
  std::string chunked;
  for (std::size_t i = 0; i < datas.size(); ++i) {
    const EventView event{.sequence = {i}, .type = i % 3 == 0 ? "type" : "", .data = datas[i]};
    frames.add(kEpoch, event);
    append_sse_event(plain.emplace_back(), kEpoch, event);
    chunked += as_chunk(plain.back());
    EXPECT_EQ(frames.end(i), chunked.size());
  }
  ASSERT_EQ(frames.size(), datas.size());
  EXPECT_EQ(frames.chunked(0, frames.size()), chunked);
  for (std::size_t i = 0; i < datas.size(); ++i) {
    EXPECT_EQ(frames.plain(i), plain[i]);
    EXPECT_EQ(frames.chunked(i, 1), as_chunk(plain[i]));
  }
}

TEST(SseFrames, ARunOfEventsIsOneRange) {
  SseFrames frames(3, 100);
  for (const std::string_view data : {"a", "b", "c"}) frames.add(kEpoch, {.data = data});
  EXPECT_EQ(frames.chunked(1, 2), "9\r\ndata: b\n\n\r\n9\r\ndata: c\n\n\r\n");
  EXPECT_EQ(frames.chunked(1, 0), "");
  EXPECT_EQ(frames.begin(1), frames.end(0));
}

std::string with_line_feeds(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      out.push_back('\n');
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

TEST(SseRoundTrip, AParserReadsBackWhateverIsWritten) {
  const std::uint64_t seed = base::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  base::Random random(seed);
  constexpr std::string_view kAlphabet[] = {"\n", "\r",           "\r\n",         ":",
                                            " ",  "data",         "id: 1",        "x",
                                            "世", "\xEF\xBB\xBF", "\xE2\x80\xA8", "event: e"};
  std::string stream;
  std::vector<std::string> sent;
  for (std::uint64_t sequence = 1; sequence <= 500; ++sequence) {
    std::string data;
    for (auto parts = random.below(12); parts > 0; --parts) {
      data += kAlphabet[random.below(std::size(kAlphabet))];
    }
    append_sse_event(stream, kEpoch, {.sequence = {sequence}, .type = "t", .data = data});
    sent.push_back(with_line_feeds(data));
  }

  std::vector<std::string> received;
  SseParser parser([&](const SseParser::Message& message) {
    received.emplace_back(message.data);
    EXPECT_EQ(message.type, "t");
    EXPECT_EQ(message.last_event_id, "000000000000001f-" + std::to_string(received.size()));
  });
  for (std::string_view rest = stream; !rest.empty();) {
    const std::size_t piece = std::min<std::size_t>(1 + random.below(40), rest.size());
    ASSERT_TRUE(parser.feed(rest.substr(0, piece)));
    rest.remove_prefix(piece);
  }
  EXPECT_EQ(received, sent);
}

}  // namespace
}  // namespace weir::proto
