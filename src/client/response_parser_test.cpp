#include "client/response_parser.hpp"

#include <gtest/gtest.h>

namespace weir::client {
namespace {

struct Outcome {
  bool good = false;
  bool complete = false;
  bool keep_alive = false;
  int status = 0;
  std::string body;
};

/// Feeds the text in pieces of `step` bytes, then ends the connection.
Outcome parse(std::string_view text, std::size_t step, bool end = true) {
  Outcome outcome;
  ResponseParser parser([&](std::string_view piece) { outcome.body.append(piece); });
  while (!text.empty() && !parser.complete()) {
    const auto used = parser.feed(text.substr(0, step));
    if (!used) return outcome;
    text.remove_prefix(*used);
  }
  outcome.good = !end || parser.finish().has_value();
  outcome.complete = parser.complete();
  outcome.keep_alive = parser.keep_alive();
  outcome.status = parser.head().status;
  return outcome;
}

class ResponseParserSplit : public testing::TestWithParam<std::size_t> {};

TEST_P(ResponseParserSplit, ReadsACountedBody) {
  const auto o = parse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", GetParam(), false);
  EXPECT_TRUE(o.complete);
  EXPECT_TRUE(o.keep_alive);
  EXPECT_EQ(o.body, "hello");
}

TEST_P(ResponseParserSplit, ReadsChunksWithExtensionsAndTrailers) {
  const auto o = parse(
      "HTTP/1.1 201 Created\r\ntransfer-encoding: Chunked\r\n\r\n"
      "5;a=b\r\nhello\r\n7 \r\n, world\r\n0\r\nX: y\r\n\r\n",
      GetParam(), false);
  EXPECT_TRUE(o.complete);
  EXPECT_EQ(o.status, 201);
  EXPECT_EQ(o.body, "hello, world");
}

TEST_P(ResponseParserSplit, ReadsABodyThatEndsWithTheConnection) {
  const auto o = parse("HTTP/1.0 200\r\n\r\nall of it", GetParam());
  EXPECT_TRUE(o.complete);
  EXPECT_FALSE(o.keep_alive);
  EXPECT_EQ(o.body, "all of it");
}

TEST_P(ResponseParserSplit, SkipsInterimResponses) {
  const auto o =
      parse("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
            GetParam(), false);
  EXPECT_TRUE(o.complete);
  EXPECT_FALSE(o.keep_alive);
  EXPECT_EQ(o.status, 204);
}

TEST_P(ResponseParserSplit, RefusesWhatIsCutShortOrAmbiguous) {
  for (const char* bad : {
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
           "gzip\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
           "HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
           "HTTP/1.1 101 Switching Protocols\r\n\r\n",
           "HTTP/2 200\r\n\r\n",
           "HTTP/1.1 2x0 OK\r\n\r\n",
           "SSH-2.0-OpenSSH\r\n",
           "",
       }) {
    EXPECT_FALSE(parse(bad, GetParam()).good) << bad;
  }
}

INSTANTIATE_TEST_SUITE_P(Splits, ResponseParserSplit, testing::Values(1, 2, 3, 7, 1000));

TEST(ResponseParser, LeavesBytesAfterTheEnd) {
  ResponseParser parser([](std::string_view) {});
  const std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1";
  EXPECT_EQ(*parser.feed(text), text.size() - 8);
}

TEST(ResponseParser, AnEndlessHeadIsGivenUp) {
  ResponseParser parser([](std::string_view) {});
  const std::string line = "X: " + std::string(10'000, 'a') + "\r\n";
  ASSERT_TRUE(parser.feed("HTTP/1.1 200 OK\r\n"));
  bool failed = false;
  for (int i = 0; i < 100 && !failed; ++i) failed = !parser.feed(line);
  EXPECT_TRUE(failed);
}

TEST(ResponseHead, FindsHeadersWhateverTheirCase) {
  const ResponseHead head{.status = 200, .minor_version = 1, .headers = {{"Retry-After", "3"}}};
  EXPECT_EQ(head.get("retry-after"), "3");
  EXPECT_EQ(head.get("retry"), std::nullopt);
}

}  // namespace
}  // namespace weir::client
