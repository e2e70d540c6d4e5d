#include "net/http2_connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http2_fixture.hpp"
#include "net/http2_preface.hpp"
#include "net/memory_channel.hpp"

namespace weir::net::test {
namespace {

using namespace std::chrono_literals;

TEST(Http2, AnswersManyRequestsOfOneConnection) {
  TestServer server;
  Http2Client client(server.address);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(client.request("GET", "/" + std::to_string(i)));
  for (int i = 0; i < 100; ++i) {
    const auto& answer = client.finish(ids[static_cast<std::size_t>(i)]);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "/" + std::to_string(i));
    EXPECT_EQ(answer.field("content-type"), "text/plain");
    EXPECT_EQ(answer.field("content-length"), std::to_string(answer.body.size()));
    EXPECT_NE(answer.field("date"), "");
    EXPECT_EQ(answer.field("connection"), "");
    EXPECT_EQ(answer.code, NGHTTP2_NO_ERROR);
  }
  EXPECT_EQ(server.metrics.requests.get(), 100U);
  EXPECT_EQ(server.metrics.http2_streams.get(), 100U);
  EXPECT_EQ(server.metrics.http2_connections.get(), 1U);
  EXPECT_EQ(server.metrics.connections_open.get(), 1U);
}

TEST(Http2, KnowsThePrefaceHoweverItIsSplit) {
  TestServer server;
  const std::string bytes = std::string(kHttp2Preface) + frame(NGHTTP2_SETTINGS, 0, 0) +
                            frame(NGHTTP2_HEADERS, 5, 1, get_block("/x"));
  for (std::size_t split = 1; split < bytes.size(); ++split) {
    Client client = server.connect();
    client.send(bytes.substr(0, split));
    // Two packets, or the kernel makes one of them.
    server.on_loop([] {});
    client.send(bytes.substr(split));
    EXPECT_NE(client.receive_until("/x"), "") << split;
  }
  Client dripping = server.connect();
  for (const char c : bytes) {
    dripping.send({&c, 1});
    server.on_loop([] {});
  }
  EXPECT_TRUE(dripping.receive_until("/x").ends_with("/x"));
}

TEST(Http2, APrefaceThatBecomesSomethingElseIsAnsweredAsHttp11) {
  TestServer server;
  Client client = server.connect();
  client.send("PRI * HTTP/2.0\r\n\r\n");
  server.on_loop([] {});
  client.send("NO\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_all()), 505);
  Client other = server.connect();
  other.send("PRI * HTTP/2.0\r\n");
  other.shut_down_sending();
  EXPECT_EQ(other.receive_all(), "");
}

TEST(Http2, ARequestAfterOneOfHttp11IsNoPreface) {
  TestServer server;
  Client client = server.connect();
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_answer()), "/a");
  client.send(kHttp2Preface);
  EXPECT_EQ(status_of(client.receive_all()), 505);
}

TEST(Http2, AnswersHeadAndStatusesWithoutABody) {
  TestServer server;
  Http2Client client(server.address);
  const auto head = client.finish(client.request("HEAD", "/twelve-bytes"));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("content-length"), "13");
  EXPECT_EQ(head.body, "");
  EXPECT_TRUE(head.ended);
  const auto nothing = client.get("/nothing");
  EXPECT_EQ(nothing.status, 204);
  EXPECT_EQ(nothing.field("content-length"), "");
  EXPECT_TRUE(nothing.ended);
}

TEST(Http2, CarriesLargeBodiesBothWays) {
  TestServer server;
  Http2Client client(server.address);
  std::string body(1 << 20, 'b');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 7 % 26);
  const auto big = client.request("GET", "/big");
  const auto echo = client.request("POST", "/echo", {}, body);
  EXPECT_EQ(client.finish(echo).body, body);
  EXPECT_EQ(client.finish(big).body, std::string(8 << 20, 'x'));
}

TEST(Http2, HandsOnABodyAsItComes) {
  TestServer server;
  Http2Client client(server.address);
  const auto upload = client.request("POST", "/upload", {}, std::string(3 << 20, 'u'));
  EXPECT_EQ(client.finish(upload).body, std::to_string(3 << 20));
  const auto empty = client.request("POST", "/upload", {}, "");
  EXPECT_EQ(client.finish(empty).body, "0");
  EXPECT_EQ(client.finish(client.request("POST", "/upload")).body, "0");
}

TEST(Http2, AnswersInPieces) {
  TestServer server;
  Http2Client client(server.address);
  const auto pieces = client.get("/pieces");
  EXPECT_EQ(pieces.body, "onetwo and more");
  EXPECT_EQ(pieces.field("content-length"), "");
  EXPECT_EQ(client.finish(client.request("HEAD", "/pieces")).body, "");
}

TEST(Http2, SendsContinueOnlyWhenItReadsTheBody) {
  TestServer server;
  Http2Client client(server.address);
  const Fields expects = {{"expect", "100-continue"}, {"content-length", "2"}};
  const auto taken = client.open("POST", "/echo", expects);
  client.run_until([&] { return !client.answer(taken).interim.empty(); });
  EXPECT_EQ(client.answer(taken).interim, std::vector<int>{100});
  client.send_body(taken, "ok", true);
  EXPECT_EQ(client.finish(taken).body, "ok");
  const auto refused = client.open("POST", "/refuse", expects);
  EXPECT_EQ(client.finish(refused).status, 404);
  EXPECT_TRUE(client.answer(refused).interim.empty());
  EXPECT_EQ(client.answer(refused).code, NGHTTP2_NO_ERROR);
}

TEST(Http2, RefusesABodyThatIsTooLargeAndStopsIt) {
  TestServer server;
  Http2Client client(server.address);
  const auto announced = client.open("POST", "/small", {{"content-length", "1000000"}});
  client.run_until([&] { return client.answer(announced).ended; });
  EXPECT_FALSE(client.answer(announced).closed) << "the answer must be seen first";
  EXPECT_EQ(client.finish(announced).status, 413);
  EXPECT_NE(client.answer(announced).body.find("body-too-large"), std::string::npos);
  EXPECT_EQ(client.answer(announced).code, NGHTTP2_NO_ERROR) << "the upload need not go on";
  const auto grown = client.open("POST", "/small");
  client.send_body(grown, std::string(11, 'x'), false);
  EXPECT_EQ(client.finish(grown).status, 413);
  EXPECT_EQ(client.get("/next").body, "/next");
  EXPECT_EQ(server.metrics.bodies_too_large.get(), 2U);
}

TEST(Http2, AClientThatSendsFirstAndReadsAfterwardsSeesItsRefusal) {
  TestServer server;
  Http2Client client(server.address);
  const auto id = client.open("POST", "/refuse", {{"content-length", "1000"}});
  client.run_until([&] { return client.answer(id).ended; });
  EXPECT_FALSE(client.answer(id).closed) << "a short rest is read over";
  client.send_body(id, std::string(1000, 'x'), true);
  EXPECT_EQ(client.finish(id).code, NGHTTP2_NO_ERROR);
}

TEST(Http2, RefusesLongTargetsAndLargeHeadsByProblems) {
  TestServer server(with([](auto& s) { s.target_bytes_max = 100; }));
  Http2Client client(server.address);
  EXPECT_EQ(client.get("/" + std::string(200, 'x')).status, 414);
  const auto large = client.request("GET", "/a", {{"x", std::string(40'000, 'x')}});
  EXPECT_EQ(client.finish(large).status, 431);
  EXPECT_EQ(client.answer(large).field("content-type"), "application/problem+json");
  Fields many;
  for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "y");
  EXPECT_EQ(client.finish(client.request("GET", "/a", many)).status, 431);
  EXPECT_EQ(client.get("/a").status, 200);
  EXPECT_EQ(server.metrics.heads_too_large.get(), 2U);
  EXPECT_EQ(server.metrics.targets_too_long.get(), 1U);
}

TEST(Http2, ABodyThatStopsComingIsAnswered408) {
  TestServer server(with([](auto& s) { s.body_timeout = 100ms; }));
  Http2Client client(server.address);
  const auto whole = client.open("POST", "/echo");
  EXPECT_EQ(client.finish(whole).status, 408);
  const auto streamed = client.open("POST", "/upload");
  client.send_body(streamed, "some", false);
  EXPECT_EQ(client.finish(streamed).status, 408);
  client.run_until([&] { return server.handler.aborted == 1; });
  EXPECT_EQ(server.metrics.timeouts_body.get(), 2U);
  EXPECT_EQ(client.get("/next").body, "/next");
}

TEST(Http2, AnAnswerThatIsNotTakenIsGivenUp) {
  TestServer server(with([](auto& s) { s.body_timeout = 100ms; }));
  Http2Client client(server.address, {.window = 0, .credits = true});
  const auto id = client.request("GET", "/big");
  client.run_until([&] { return client.answer(id).closed; });
  EXPECT_EQ(client.answer(id).status, 200);
  EXPECT_EQ(client.answer(id).code, NGHTTP2_CANCEL);
}

/// A connection whose socket is in memory and whose time the test moves.
class SteppedHttp2 {
 public:
  explicit SteppedHttp2(const base::Settings& settings)
      : server_(loop_, settings, handler_, streams_, metrics_, nullptr) {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    other_end_ = pair[1];
    server_.add_connection(Socket(pair[0], std::make_unique<MemoryChannel>(wire_)), {}, {});
  }
  ~SteppedHttp2() { ::close(other_end_); }
  SteppedHttp2(const SteppedHttp2&) = delete;
  SteppedHttp2& operator=(const SteppedHttp2&) = delete;

  void send(const std::string& bytes) {
    wire_.input = bytes;
    while (!wire_.input.empty()) server_.places[0].connection->on_events(EPOLLIN);
    run();
  }
  void pass(std::chrono::milliseconds time) {
    server_.started -= time;
    server_.on_tick();
    run();
  }
  bool has_sent(std::string_view bytes) const {
    return wire_.output.find(bytes) != wire_.output.npos;
  }

 private:
  void run() {
    loop_.impl().io.restart();
    loop_.impl().io.poll();
  }

  Loop loop_;
  NoObserver observer_;
  StreamTable streams_{observer_};
  ScriptedHandler handler_;
  HttpMetrics metrics_;
  MemoryWire wire_;
  int other_end_ = -1;
  HttpServer::Impl server_;
};

TEST(Http2, AWindowThatOpensByAByteAtATimeDoesNotKeepAnAnswer) {
  // Long enough that the time that the test itself takes is none.
  const auto settings = with([](auto& s) {
    s.body_timeout = 10min;
    s.header_timeout = s.idle_timeout = s.keepalive = 24h;
  });
  const auto resets_a_client_that_takes = [&](std::uint32_t bytes_a_minute) {
    SteppedHttp2 connection(settings);
    connection.send(std::string(kHttp2Preface) +
                    frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + number(0)) +
                    frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(1 << 20)) +
                    frame(NGHTTP2_HEADERS, 5, 1, get_block("/big")));
    const auto reset = frame(NGHTTP2_RST_STREAM, 0, 1, number(NGHTTP2_CANCEL));
    for (int minute = 0; minute < 60 && !connection.has_sent(reset); ++minute) {
      connection.send(frame(NGHTTP2_WINDOW_UPDATE, 0, 1, number(bytes_a_minute)));
      connection.pass(1min);
    }
    return connection.has_sent(reset);
  };
  EXPECT_TRUE(resets_a_client_that_takes(1)) << "steady progress, by the byte";
  EXPECT_FALSE(resets_a_client_that_takes(1000)) << "4 KiB in body_timeout are enough";
}

TEST(Http2, AHeaderBlockHasHeaderTimeoutToEnd) {
  TestServer server(with([](auto& s) { s.header_timeout = 100ms; }));
  RawHttp2 client(server.address);
  ASSERT_TRUE(client.answers_ping());
  client.send(frame(NGHTTP2_HEADERS, 1, 1, get_block().substr(0, 5)));
  EXPECT_EQ(client.end(), static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
  Client silent = server.connect();
  silent.send(kHttp2Preface);
  silent.receive_all();
  EXPECT_EQ(server.metrics.timeouts_header.get(), 2U);
}

TEST(Http2, AnIdleConnectionIsClosedAndABusyOneIsNot) {
  TestServer server(with([](auto& s) { s.idle_timeout = 100ms; }));
  std::promise<void> arrived;
  server.handler.on_later = [&] { arrived.set_value(); };
  Http2Client busy(server.address);
  const auto id = busy.request("GET", "/later");
  arrived.get_future().wait();
  Http2Client idle(server.address);
  EXPECT_EQ(idle.get("/a").body, "/a");
  idle.run_to_end();
  EXPECT_EQ(idle.goaways(), 1);
  EXPECT_EQ(idle.goaway_code(), static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_EQ(server.metrics.timeouts_idle.get(), 1U);
  server.on_loop(
      [&] { server.handler.waiting[0]->respond({.status = 200, .headers = {}, .body = "late"}); });
  EXPECT_EQ(busy.finish(id).body, "late");
}

TEST(Http2, AClientThatAnswersNoPingIsGone) {
  TestServer server(with([](auto& s) {
    s.keepalive = 100ms;
    s.header_timeout = 200ms;
  }));
  RawHttp2 silent(server.address);
  silent.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/later")));
  EXPECT_TRUE(silent.receive(NGHTTP2_PING));
  EXPECT_EQ(silent.end(), std::nullopt);
  EXPECT_EQ(server.metrics.http2_ping_timeouts.get(), 1U);
  server.on_loop([&] { EXPECT_FALSE(server.handler.waiting[0]->alive()); });

  Http2Client answering(server.address);
  const auto id = answering.request("GET", "/later");
  answering.run_until([&] { return answering.pings() >= 5; });
  EXPECT_FALSE(answering.answer(id).closed);
}

TEST(Http2, TheHandlerHearsThatAClientGaveUp) {
  TestServer server;
  Http2Client client(server.address);
  const auto id = client.request("GET", "/later");
  client.get("/a");
  nghttp2_submit_rst_stream(client.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  client.get("/b");
  for (int aborted = 0; aborted < 1;) server.on_loop([&] { aborted = server.handler.aborted; });
  client.request("GET", "/later");
  client.get("/c");
  client.socket().reset();
  for (int aborted = 1; aborted < 2;) server.on_loop([&] { aborted = server.handler.aborted; });
  server.on_loop([&] {
    for (const auto& exchange : server.handler.waiting) EXPECT_FALSE(exchange->alive());
  });
}

TEST(Http2, ARequestThatIsResetInTheSamePacketNeverReachesTheHandler) {
  TestServer server;
  RawHttp2 client(server.address);
  std::string bytes;
  for (std::uint32_t id = 1; id < 100; id += 2) {
    bytes += frame(NGHTTP2_HEADERS, 5, id, get_block("/later"));
    bytes += frame(NGHTTP2_RST_STREAM, 0, id, number(NGHTTP2_CANCEL));
  }
  ASSERT_TRUE(client.answers_ping());
  client.send(bytes);
  EXPECT_TRUE(client.answers_ping());
  EXPECT_EQ(server.handler.requests, 0);
}

TEST(Http2, DrainingAnswersWhatIsOnItsWayAndThenEnds) {
  TestServer server;
  std::promise<void> arrived;
  server.handler.on_later = [&] { arrived.set_value(); };
  Http2Client client(server.address);
  const auto slow = client.request("GET", "/later");
  arrived.get_future().wait();
  server.on_loop([&] {
    server.server->drain();
    EXPECT_EQ(server.server->busy(), 1U);
  });
  // Until the client has heard of it, its requests are answered.
  EXPECT_EQ(client.get("/on-its-way").body, "/on-its-way");
  client.run_until([&] { return client.goaways() == 2; });
  EXPECT_EQ(client.goaway_last(), slow + 2);
  EXPECT_EQ(client.goaway_code(), static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  server.on_loop([&] {
    server.handler.waiting[0]->respond({.status = 200, .headers = {}, .body = "at last"});
  });
  EXPECT_EQ(client.finish(slow).body, "at last");
  client.run_to_end();
  for (std::size_t busy = 1; busy > 0;) server.on_loop([&] { busy = server.server->busy(); });
}

TEST(Http2, DrainingTellsAClientThatDoesNotAnswerAfterASecond) {
  TestServer server;
  RawHttp2 client(server.address);
  ASSERT_TRUE(client.answers_ping());
  server.on_loop([&] { server.server->drain(); });
  const auto first = client.receive(NGHTTP2_GOAWAY);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->number(0), 0x7fffffffU);
  client.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/x")));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "/x");
  const auto last = client.receive(NGHTTP2_GOAWAY);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->number(0), 1U);
  EXPECT_FALSE(client.receive()) << "closed";
}

TEST(Http2, ConnectionsAreLimitedAndStreamsAreNotConnections) {
  TestServer server(with([](auto& s) { s.connections_max = 2; }));
  Http2Client first(server.address);
  Http2Client second(server.address);
  for (int i = 0; i < 5; ++i) first.request("GET", "/later");
  EXPECT_EQ(second.get("/a").body, "/a");
  Client third = server.connect();
  EXPECT_EQ(status_of(third.receive_all()), 503);
}

TEST(Http2, SeveralAnswersShareTheConnection) {
  TestServer server;
  // The credit of both together is less than one of them.
  Http2Client client(server.address, {.window = 1 << 20, .credits = true});
  const auto first = client.request("GET", "/big");
  const auto second = client.request("GET", "/big");
  client.run_until([&] { return client.answer(first).closed || client.answer(second).closed; });
  EXPECT_GT(client.answer(first).body.size(), 4U << 20);
  EXPECT_GT(client.answer(second).body.size(), 4U << 20);
  client.finish(first);
  client.finish(second);
}

}  // namespace
}  // namespace weir::net::test
