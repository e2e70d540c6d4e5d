// Cases of RFC 9113 by section, as a client that breaks the rules sends them: an error of the
// stream leaves the connection as it was, an error of the connection ends it with GOAWAY.

#include "net/http2_fixture.hpp"

namespace weir::net::test {
namespace {

constexpr std::uint32_t kProtocol = NGHTTP2_PROTOCOL_ERROR;

Fields post(const std::string& path, const Fields& more = {}) {
  Fields all = {{":method", "POST"}, {":scheme", "http"}, {":authority", "h"}, {":path", path}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

struct BadRequest {
  const char* name;
  Fields fields;
};

TEST(Http2Protocol, AMalformedRequestIsAnErrorOfItsStream) {  // 8.1.1, 8.2, 8.3
  const Fields get = {{":method", "GET"}, {":scheme", "http"}, {":authority", "h"}, {":path", "/"}};
  const auto plus = [&](const std::string& name, const std::string& value) {
    Fields all = get;
    all.emplace_back(name, value);
    return all;
  };
  const auto without = [&](std::size_t index) {
    Fields all = get;
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(index));
    return all;
  };
  Fields late = without(3);
  late.emplace_back("x", "y");
  late.emplace_back(":path", "/");
  Fields empty = get;
  empty[3].second = "";
  const std::vector<BadRequest> requests = {
      {"a name in capitals", plus("X-Name", "y")},
      {"a name with a space", plus("x name", "y")},
      {"an empty name", plus("", "y")},
      {"a value with a line end", plus("x", "a\r\nb: c")},
      {"a value with NUL", plus("x", std::string("a\0b", 3))},
      {"a value that starts with a space", plus("x", " y")},
      {"Connection", plus("connection", "close")},
      {"Keep-Alive", plus("keep-alive", "timeout=5")},
      {"Proxy-Connection", plus("proxy-connection", "close")},
      {"Transfer-Encoding", plus("transfer-encoding", "chunked")},
      {"Upgrade", plus("upgrade", "websocket")},
      {"TE other than trailers", plus("te", "gzip")},
      {"no method", without(0)},
      {"no scheme", without(1)},
      {"no path", without(3)},
      {"an empty path", empty},
      {"a path behind other fields", late},
      {"a method twice", plus(":method", "GET")},
      {"a pseudo field of answers", plus(":status", "200")},
      {"an unknown pseudo field", plus(":other", "x")},
      {"two lengths",
       [&] {
         auto all = plus("content-length", "1");
         all.emplace_back("content-length", "2");
         return all;
       }()},
      {"a length that is no number", plus("content-length", "x")},
      {"a length without a body", plus("content-length", "5")},
  };
  TestServer server;
  RawHttp2 client(server.address);
  std::uint32_t id = 1;
  for (const BadRequest& request : requests) {
    client.send(frame(NGHTTP2_HEADERS, 5, id, block(request.fields)));
    EXPECT_EQ(client.reset_of(id), kProtocol) << request.name;
    id += 2;
  }
  EXPECT_TRUE(client.answers_ping());
  EXPECT_EQ(server.handler.requests, 0);
}

TEST(Http2Protocol, TeTrailersIsNoError) {  // 8.2.2
  TestServer server;
  Http2Client client(server.address);
  EXPECT_EQ(client.finish(client.request("GET", "/a", {{"te", "trailers"}})).body, "/a");
}

TEST(Http2Protocol, ABodyThatIsNotAsLongAsItSaysIsAnErrorOfItsStream) {  // 8.1.1
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 4, 1, block(post("/echo", {{"content-length", "5"}}))));
  client.send(frame(NGHTTP2_DATA, 1, 1, "1234"));
  EXPECT_EQ(client.reset_of(1), kProtocol);
  client.send(frame(NGHTTP2_HEADERS, 4, 3, block(post("/echo", {{"content-length", "5"}}))));
  client.send(frame(NGHTTP2_DATA, 1, 3, "123456"));
  EXPECT_EQ(client.reset_of(3), kProtocol);
  EXPECT_TRUE(client.answers_ping());
  EXPECT_EQ(server.handler.requests, 0);
}

TEST(Http2Protocol, TrailersEndABodyAndSayNothing) {  // 8.1
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 4, 1, block(post("/echo"))));
  client.send(frame(NGHTTP2_DATA, 0, 1, "hello"));
  client.send(frame(NGHTTP2_HEADERS, 5, 1, block({{"x", "y"}})));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "hello");
  // Trailers that do not end the stream, and pseudo fields in them, are malformed.
  client.send(frame(NGHTTP2_HEADERS, 4, 3, block(post("/echo"))));
  client.send(frame(NGHTTP2_HEADERS, 4, 3, block({{"x", "y"}})));
  EXPECT_EQ(client.reset_of(3), kProtocol);
  client.send(frame(NGHTTP2_HEADERS, 4, 5, block(post("/echo"))));
  client.send(frame(NGHTTP2_HEADERS, 5, 5, block({{":path", "/other"}})));
  EXPECT_EQ(client.reset_of(5), kProtocol);
}

TEST(Http2Protocol, UnknownFramesAndFlagsAreReadOver) {  // 4.1, 5.5
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(0x42, 0xff, 0, "unknown"));
  client.send(frame(NGHTTP2_PING, 0xf0 & ~1, 0, "12345678"));
  EXPECT_TRUE(client.receive(NGHTTP2_PING));
  client.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/a")));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "/a");
}

TEST(Http2Protocol, APingIsAnsweredAndItsAnswerIsNot) {  // 6.7
  TestServer server;
  RawHttp2 client(server.address);
  EXPECT_TRUE(client.answers_ping());
  client.send(frame(NGHTTP2_PING, 1, 0, "12345678"));
  EXPECT_TRUE(client.answers_ping());
}

struct Broken {
  const char* name;
  std::string bytes;
  std::uint32_t code;
};

TEST(Http2Protocol, AnErrorOfTheConnectionEndsItWithItsCode) {
  const std::string open = frame(NGHTTP2_HEADERS, 4, 1, block(post("/later")));
  const auto setting = [](char id, std::uint32_t value) {
    return frame(NGHTTP2_SETTINGS, 0, 0, std::string({'\0', id}) + number(value));
  };
  const std::vector<Broken> cases = {
      {"4.2 a frame that is too large", frame(NGHTTP2_DATA, 0, 1, std::string(16'385, 'x')),
       NGHTTP2_FRAME_SIZE_ERROR},
      {"4.3 a header block that is no HPACK", frame(NGHTTP2_HEADERS, 5, 1, "\xff\xff\xff\xff\xff"),
       NGHTTP2_COMPRESSION_ERROR},
      {"5.1 DATA on an idle stream", frame(NGHTTP2_DATA, 1, 1, "x"), kProtocol},
      {"5.1 RST_STREAM on an idle stream", frame(NGHTTP2_RST_STREAM, 0, 1, number(8)), kProtocol},
      {"5.1 WINDOW_UPDATE on an idle stream", frame(NGHTTP2_WINDOW_UPDATE, 0, 1, number(8)),
       kProtocol},
      {"5.1.1 an even stream", frame(NGHTTP2_HEADERS, 5, 2, get_block()), kProtocol},
      {"6.1 DATA on the connection", frame(NGHTTP2_DATA, 0, 0, "x"), kProtocol},
      {"6.1 more padding than frame", open + frame(NGHTTP2_DATA, 8, 1, "\x10x"), kProtocol},
      {"6.2 HEADERS on the connection", frame(NGHTTP2_HEADERS, 5, 0, get_block()), kProtocol},
      {"6.2 another frame inside a block",
       frame(NGHTTP2_HEADERS, 1, 1, get_block()) + frame(NGHTTP2_PING, 0, 0, "12345678"),
       kProtocol},
      {"6.4 RST_STREAM of another size", open + frame(NGHTTP2_RST_STREAM, 0, 1, "xxx"),
       NGHTTP2_FRAME_SIZE_ERROR},
      {"6.5 SETTINGS on a stream", frame(NGHTTP2_SETTINGS, 0, 1), kProtocol},
      {"6.5 an acknowledgement with a payload", frame(NGHTTP2_SETTINGS, 1, 0, "xxxxxx"),
       NGHTTP2_FRAME_SIZE_ERROR},
      {"6.5 SETTINGS of another size", frame(NGHTTP2_SETTINGS, 0, 0, "xxxxx"),
       NGHTTP2_FRAME_SIZE_ERROR},
      {"6.5.2 ENABLE_PUSH 2", setting(2, 2), kProtocol},
      {"6.5.2 a window that is too large", setting(4, 0x80000000), NGHTTP2_FLOW_CONTROL_ERROR},
      {"6.5.2 frames that are too small", setting(5, 16'383), kProtocol},
      {"6.6 PUSH_PROMISE of a client", open + frame(NGHTTP2_PUSH_PROMISE, 4, 1, number(2)),
       kProtocol},
      {"6.7 PING on a stream", frame(NGHTTP2_PING, 0, 1, "12345678"), kProtocol},
      {"6.7 PING of another size", frame(NGHTTP2_PING, 0, 0, "1234567"), NGHTTP2_FRAME_SIZE_ERROR},
      {"6.8 GOAWAY on a stream", frame(NGHTTP2_GOAWAY, 0, 1, number(0) + number(0)), kProtocol},
      {"6.9 a window update of nothing", frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(0)), kProtocol},
      {"6.9.1 a window beyond its most", frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(0x7fffffff)),
       NGHTTP2_FLOW_CONTROL_ERROR},
      {"6.9 WINDOW_UPDATE of another size", frame(NGHTTP2_WINDOW_UPDATE, 0, 0, "xxx"),
       NGHTTP2_FRAME_SIZE_ERROR},
      {"6.10 CONTINUATION without HEADERS", frame(NGHTTP2_CONTINUATION, 4, 1, get_block()),
       kProtocol},
  };
  for (const Broken& each : cases) {
    TestServer server;
    RawHttp2 client(server.address);
    client.send(each.bytes);
    EXPECT_EQ(client.end(), each.code) << each.name;
    EXPECT_EQ(server.metrics.http2_errors.get(), 1U) << each.name;
  }
}

TEST(Http2Protocol, DataAfterTheEndOfARequestIsAnError) {  // 5.1, half-closed (remote)
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/later")));
  client.send(frame(NGHTTP2_DATA, 1, 1, "x"));
  EXPECT_EQ(client.end(), static_cast<std::uint32_t>(NGHTTP2_STREAM_CLOSED));
}

TEST(Http2Protocol, MoreDataThanTheWindowHasIsAnError) {  // 6.9.1
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 4, 1, block(post("/upload"))));
  client.send(frame(NGHTTP2_DATA, 0, 1, "PAUSE"));
  ASSERT_TRUE(client.answers_ping());
  // Nothing is taken from here on: 65,535 bytes are the window that a stream begins with.
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += frame(NGHTTP2_DATA, 0, 1, std::string(16'384, 'x'));
  client.send(bytes);
  EXPECT_EQ(client.reset_of(1), static_cast<std::uint32_t>(NGHTTP2_FLOW_CONTROL_ERROR));
}

TEST(Http2Protocol, ABodyThatIsNotReadGetsNoCreditAndAllOfItWhenItIs) {  // 6.9
  TestServer server;
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 4, 1, block(post("/upload"))));
  client.send(frame(NGHTTP2_DATA, 0, 1, "PAUSE"));
  ASSERT_TRUE(client.answers_ping());  // It has paused before more comes.
  client.send(frame(NGHTTP2_DATA, 0, 1, std::string(16'384, 'x')));
  client.send(frame(NGHTTP2_DATA, 0, 1, std::string(16'384, 'x')));
  client.send(frame(NGHTTP2_DATA, 1, 1, std::string(16'384, 'x')));
  client.send(frame(NGHTTP2_PING, 0, 0, "12345678"));
  while (const auto got = client.receive()) {
    EXPECT_FALSE(got->type == NGHTTP2_WINDOW_UPDATE && got->stream == 1);
    if (got->type == NGHTTP2_PING) break;
  }
  server.on_loop([&] { server.handler.paused->resume_body(); });
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, std::to_string(5 + 3 * 16'384));
}

TEST(Http2Protocol, AHeaderBlockForAStreamThatIsOverIsReadOver) {  // 5.1, closed
  TestServer server(with([](auto& s) { s.header_timeout = std::chrono::milliseconds(100); }));
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 5, 5, get_block("/a")));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "/a");
  client.send(frame(NGHTTP2_HEADERS, 5, 5, get_block("/b")));
  client.send(frame(NGHTTP2_HEADERS, 5, 3, get_block("/c")));
  EXPECT_TRUE(client.answers_ping());
  client.send(frame(NGHTTP2_HEADERS, 5, 7, get_block("/d")));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "/d");
  EXPECT_EQ(server.handler.requests, 2);
}

TEST(Http2Protocol, WindowsMayBecomeNegativeAndComeBack) {  // 6.9.2
  TestServer server;
  RawHttp2 client(server.address);
  const auto window = [](std::uint32_t bytes) {
    return frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + number(bytes));
  };
  client.send(window(3) + frame(NGHTTP2_HEADERS, 5, 1, get_block("/abcdefghi")));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "/ab");
  client.send(window(1));  // -2
  client.send(frame(NGHTTP2_WINDOW_UPDATE, 0, 1, number(3)));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "c");
  client.send(window(100));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "defghi");
}

TEST(Http2Protocol, AGoawayOfTheClientEndsTheConnectionAfterItsAnswers) {  // 6.8
  TestServer server;
  std::promise<void> arrived;
  server.handler.on_later = [&] { arrived.set_value(); };
  RawHttp2 client(server.address);
  client.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/later")));
  client.send(frame(NGHTTP2_GOAWAY, 0, 0, number(0) + number(0)));
  arrived.get_future().wait();
  EXPECT_TRUE(client.answers_ping());
  server.on_loop(
      [&] { server.handler.waiting[0]->respond({.status = 200, .headers = {}, .body = "late"}); });
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "late");
  client.end();
}

}  // namespace
}  // namespace weir::net::test
