// What a client can do to a server with HTTP/2 alone, and what bounds it. RFC 9113, 10.5.

#include "net/http2_fixture.hpp"

namespace weir::net::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kCalm = NGHTTP2_ENHANCE_YOUR_CALM;

/// Small budgets, so that a test is quick.
base::Settings strict() {
  return with([](auto& s) {
    s.http2_streams_max = 100;
    s.http2_resets_per_second = 10;
    s.http2_control_frames_per_second = 10;
  });
}

std::string repeat(std::string_view bytes, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += bytes;
  return all;
}

void expect_calmed(TestServer& server, RawHttp2& client) {
  EXPECT_EQ(client.end(), kCalm);
  EXPECT_EQ(server.metrics.http2_calmed.get(), 1U);
  // The others do not notice.
  EXPECT_EQ(Http2Client(server.address).get("/a").body, "/a");
}

TEST(Http2Attack, RapidReset) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  std::uint32_t id = 1;
  const auto reset = [&](int times) {
    std::string bytes;
    for (int i = 0; i < times; ++i, id += 2) {
      bytes += frame(NGHTTP2_HEADERS, 5, id, get_block("/later"));
      bytes += frame(NGHTTP2_RST_STREAM, 0, id, number(NGHTTP2_CANCEL));
    }
    client.send(bytes);
  };
  reset(150);
  EXPECT_TRUE(client.answers_ping()) << "giving up as many streams as there may be is no attack";
  reset(100);
  expect_calmed(server, client);
}

TEST(Http2Attack, MakingTheServerResetCountsAsResetting) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  std::string bytes;
  // A window update of nothing is an error of the stream (RFC 9113, 6.9): CVE-2025-8671.
  for (std::uint32_t id = 1; id < 600; id += 2) {
    bytes += frame(NGHTTP2_HEADERS, 5, id, get_block("/later"));
    bytes += frame(NGHTTP2_WINDOW_UPDATE, 0, id, number(0));
  }
  client.send(bytes);
  const auto code = client.end();
  // nghttp2 itself makes an error of the connection of it.
  EXPECT_TRUE(code == kCalm || code == static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  EXPECT_LE(server.handler.requests, 300);
}

TEST(Http2Attack, MalformedRequestsWithoutEnd) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  std::string bytes;
  for (std::uint32_t id = 1; id < 1000; id += 2) {
    bytes += frame(NGHTTP2_HEADERS, 5, id, block({{"X", "y"}}));
  }
  client.send(bytes);
  expect_calmed(server, client);
  EXPECT_EQ(server.handler.requests, 1) << "the one of another connection";
}

TEST(Http2Attack, Settings) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  client.send(repeat(frame(NGHTTP2_SETTINGS, 0, 0), 150));
  EXPECT_TRUE(client.answers_ping());
  client.send(repeat(frame(NGHTTP2_SETTINGS, 0, 0), 100));
  expect_calmed(server, client);
}

TEST(Http2Attack, ManyEntriesInOneSettings) {
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_SETTINGS, 0, 0, repeat(std::string("\0\1", 2) + number(4096), 33)));
  EXPECT_TRUE(client.end().has_value());
  EXPECT_EQ(Http2Client(server.address).get("/a").body, "/a");
}

TEST(Http2Attack, Pings) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  client.send(repeat(frame(NGHTTP2_PING, 0, 0, "12345678"), 300));
  expect_calmed(server, client);
}

TEST(Http2Attack, PingsOfAClientThatReadsNoAnswers) {
  TestServer server;
  RawHttp2 client(server.address);
  // Within the budget; but the answers may not pile up either.
  std::thread sender(
      [&] { client.send(repeat(frame(NGHTTP2_PING, 0, 0, "12345678"), 1'000'000)); });
  sender.join();
  EXPECT_EQ(Http2Client(server.address).get("/a").body, "/a");
  const auto code = client.end();
  EXPECT_TRUE(!code || code == kCalm);
  EXPECT_EQ(server.metrics.http2_calmed.get(), 1U);
}

TEST(Http2Attack, EmptyData) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  client.send(frame(
      NGHTTP2_HEADERS, 4, 1,
      block(
          {{":method", "POST"}, {":scheme", "http"}, {":authority", "h"}, {":path", "/upload"}})));
  client.send(repeat(frame(NGHTTP2_DATA, 0, 1), 300));
  expect_calmed(server, client);
}

TEST(Http2Attack, DataThatIsAllPadding) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  client.send(frame(
      NGHTTP2_HEADERS, 4, 1,
      block(
          {{":method", "POST"}, {":scheme", "http"}, {":authority", "h"}, {":path", "/upload"}})));
  client.send(repeat(frame(NGHTTP2_DATA, 8, 1, std::string(1, 3) + std::string(3, '\0')), 300));
  expect_calmed(server, client);
}

TEST(Http2Attack, Priorities) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  std::string bytes;
  for (std::uint32_t id = 1; id < 1000; id += 2) {
    bytes += frame(NGHTTP2_PRIORITY, 0, id, number(id - 1) + "x");
  }
  client.send(bytes);
  expect_calmed(server, client);
}

TEST(Http2Attack, WindowUpdates) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  client.send(repeat(frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(1)), 300));
  expect_calmed(server, client);
}

TEST(Http2Attack, ContinuationsWithoutEnd) {
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 1, 1, get_block()));
  client.send(repeat(frame(NGHTTP2_CONTINUATION, 0, 1), 20));
  expect_calmed(server, client);
}

TEST(Http2Attack, AHeaderBlockThatNeverEndsIsNotKept) {
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 1, 1, get_block()));
  const std::string large = block({{"x", std::string(16'000, 'x')}});
  client.send(repeat(frame(NGHTTP2_CONTINUATION, 0, 1, large), 100));
  expect_calmed(server, client);
}

TEST(Http2Attack, AHeaderBomb) {
  TestServer server;
  RawHttp2 client(server.address);
  // One entry of the table, then a byte for each time that it is repeated (RFC 7541, 7.3).
  std::string bomb = get_block();
  bomb += std::string("\x40\x01x\x7f", 4) + std::string("\xa1\x1e", 2) + std::string(4000, 'b');
  bomb += std::string(10'000, '\xbe');
  client.send(frame(NGHTTP2_HEADERS, 5, 1, bomb));
  expect_calmed(server, client);
}

TEST(Http2Attack, ABombInTrailers) {
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(
      NGHTTP2_HEADERS, 4, 1,
      block(
          {{":method", "POST"}, {":scheme", "http"}, {":authority", "h"}, {":path", "/upload"}})));
  std::string bomb = std::string("\x40\x01x\x7f", 4) + std::string("\xa1\x1e", 2);
  bomb += std::string(4000, 'b') + std::string(10'000, '\xbe');
  client.send(frame(NGHTTP2_HEADERS, 5, 1, bomb));
  expect_calmed(server, client);
}

TEST(Http2Attack, MoreStreamsThanThereMayBe) {
  TestServer server(strict());
  RawHttp2 client(server.address);
  std::string bytes;
  for (std::uint32_t id = 1; id <= 2 * 101; id += 2) {
    bytes += frame(NGHTTP2_HEADERS, 5, id, get_block("/later"));
  }
  client.send(bytes);
  EXPECT_EQ(client.reset_of(201), static_cast<std::uint32_t>(NGHTTP2_REFUSED_STREAM));
  EXPECT_EQ(server.handler.requests, 100);
  EXPECT_EQ(server.metrics.http2_streams_refused.get(), 1U);
}

TEST(Http2Attack, ManyAnswersThatNobodyReads) {
  TestServer server;
  // No window at all, and 8 MB for each request.
  Http2Client client(server.address, {.window = 0, .credits = true});
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(client.request("GET", "/big"));
    client.get("/nothing");
  }
  std::size_t refused = 0;
  for (const auto id : ids) {
    if (!client.answer(id).closed) continue;
    EXPECT_EQ(client.answer(id).code, static_cast<std::uint32_t>(NGHTTP2_REFUSED_STREAM));
    ++refused;
  }
  EXPECT_EQ(refused, 97U) << "16 MB are kept for one connection, and what was begun before";
}

TEST(Http2Attack, ManyBodiesThatNeverEnd) {
  TestServer server(with([](auto& s) { s.body_bytes_max = 1 << 20; }));
  RawHttp2 client(server.address);
  client.receive(NGHTTP2_SETTINGS);
  client.send(frame(NGHTTP2_SETTINGS, 1, 0));  // Its windows are in force.
  // Almost a whole body on each of many streams: 64 MB are kept for one connection.
  const std::string piece = frame(NGHTTP2_DATA, 0, 0, std::string(16'000, 'x')).substr(9);
  bool refused = false;
  std::uint32_t id = 1;
  for (; id < 2 * 200 && !refused; id += 2) {
    client.send(frame(
        NGHTTP2_HEADERS, 4, id,
        block(
            {{":method", "POST"}, {":scheme", "http"}, {":authority", "h"}, {":path", "/echo"}})));
    for (int i = 0; i < 60 && !refused; ++i) {
      client.send(frame(NGHTTP2_DATA, 0, id, piece));
      if (i % 10 != 9) continue;
      // Not beyond what the server allows: its windows come back as it takes.
      client.send(frame(NGHTTP2_PING, 0, 0, "12345678"));
      for (;;) {
        const auto got = client.receive();
        ASSERT_TRUE(got);
        if (got->type == NGHTTP2_RST_STREAM) {
          EXPECT_EQ(got->number(0), static_cast<std::uint32_t>(NGHTTP2_REFUSED_STREAM));
          refused = true;
        }
        if (got->type == NGHTTP2_PING) break;
      }
    }
  }
  EXPECT_TRUE(refused);
  EXPECT_GT(id, 2U * 60);
  EXPECT_LT(id, 2U * 80);
}

}  // namespace
}  // namespace weir::net::test
