// What the generator reads off the wire: the same result however the network cuts the bytes.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/histogram.hpp"
#include "load/chunk_decoder.hpp"
#include "load/payload.hpp"
#include "load/response_reader.hpp"
#include "load/sse_scanner.hpp"

namespace weir::bench {
namespace {

TEST(SseScanner, FindsEventsCommentsAndLeavesTheUnfinishedRest) {
  std::string text =
      "retry: 5000\nevent: system\ndata: {}\n\n: keepalive\n\nid: e-7\r\ndata:  two\r\n\r\nid: "
      "e-8\nda";
  std::vector<std::string> seen;
  int comments = 0;
  size_t consumed = scan_events(
      text,
      [&](const ScannedEvent& event) {
        seen.push_back(std::string(event.type) + "|" + std::string(event.id) + "|" +
                       std::string(event.data));
      },
      [&] { ++comments; });
  EXPECT_EQ(seen, (std::vector<std::string>{"system||{}", "|e-7| two"}));
  EXPECT_EQ(comments, 1);
  EXPECT_EQ(text.substr(consumed), "id: e-8\nda");
}

TEST(SseScanner, CountsASecondDataLineAndPassesOverABlockWithoutData) {
  int lines = 0;
  size_t events = 0;
  scan_events(
      "id: 1\n\ndata: a\ndata: b\n\n",
      [&](const ScannedEvent& event) {
        ++events;
        lines = event.data_lines;
      },
      [] {});
  EXPECT_EQ(events, 1U);
  EXPECT_EQ(lines, 2);
}

TEST(ChunkDecoder, GivesTheSameBodyHoweverTheBytesAreCut) {
  const std::string coded =
      "5\r\nhello\r\nA;x=y\r\n, wonderfu\r\n1\r\nl\r\n0\r\nTrailer: t\r\n\r\nrest";
  for (size_t piece = 1; piece <= coded.size(); ++piece) {
    ChunkDecoder decoder;
    std::string body;
    size_t used = 0;
    for (size_t at = 0; at < coded.size(); at += piece) {
      std::string bytes = coded.substr(at, piece);
      ChunkDecoder::Result result = decoder.decode(bytes.data(), bytes.size());
      body.append(bytes, 0, result.body);
      used += result.used;
    }
    EXPECT_EQ(body, "hello, wonderful") << "in pieces of " << piece;
    EXPECT_TRUE(decoder.finished());
    EXPECT_EQ(used, coded.size() - 4);
  }
}

TEST(ChunkDecoder, AMalformedSizeFails) {
  ChunkDecoder decoder;
  std::string bytes = "xyz\r\n";
  EXPECT_EQ(decoder.decode(bytes.data(), bytes.size()).body, 0U);
  EXPECT_TRUE(decoder.failed());
}

TEST(ResponseReader, ReadsPipelinedAnswersHoweverTheBytesAreCut) {
  const std::string answers =
      "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none"
      "HTTP/1.1 204 No Content\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
      "HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\n\r\n";
  for (size_t piece = 1; piece <= answers.size(); ++piece) {
    std::string body;
    std::vector<int> statuses;
    ResponseReader reader({.on_body = [&](std::string_view bytes) { body += bytes; },
                           .on_response = [&](int status) { statuses.push_back(status); }});
    for (size_t at = 0; at < answers.size(); at += piece) {
      std::string bytes = answers.substr(at, piece);
      ASSERT_TRUE(reader.read(bytes.data(), bytes.size()));
    }
    EXPECT_EQ(body, "onetwo") << "in pieces of " << piece;
    EXPECT_EQ(statuses, (std::vector<int>{200, 204, 200, 507}));
  }
}

TEST(ResponseReader, RefusesWhatIsNotHttp) {
  ResponseReader reader({.on_body = [](std::string_view) {}, .on_response = [](int) {}});
  std::string bytes = "SSH-2.0-x\r\n\r\n";
  EXPECT_FALSE(reader.read(bytes.data(), bytes.size()));
}

TEST(Payload, ReadsBackWhatItWroteAndNothingElse) {
  Payload payload(64);
  std::string text(payload.write({12345678901234, 987654321}));
  EXPECT_EQ(text.size(), 64U);
  Payload::Stamp stamp{};
  ASSERT_TRUE(payload.read(text, stamp));
  EXPECT_EQ(stamp.number, 12345678901234U);
  EXPECT_EQ(stamp.sent_ns, 987654321);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = '~';
    EXPECT_FALSE(payload.read(damaged, stamp)) << "at " << i;
  }
  EXPECT_FALSE(payload.read(text + "x", stamp));
}

TEST(Histogram, QuantilesAreWithinABucketOfTheTruth) {
  Histogram histogram;
  for (int64_t i = 1; i <= 100'000; ++i) histogram.record(i * 1000);
  EXPECT_NEAR(histogram.quantile_ms(0.5), 50, 1.6);
  EXPECT_NEAR(histogram.quantile_ms(0.99), 99, 3.2);
  EXPECT_DOUBLE_EQ(histogram.max_ms(), 100);
}

}  // namespace
}  // namespace weir::bench
