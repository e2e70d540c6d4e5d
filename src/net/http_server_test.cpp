#include "net/http_server.hpp"

#include "net/listener.hpp"
#include "net/malformed_requests.hpp"
#include "net/server_fixture.hpp"

namespace weir::net::test {
namespace {

using namespace std::chrono_literals;

TEST(HttpServer, AnswersSeveralRequestsOnOneConnection) {
  TestServer server;
  Client client = server.connect();
  for (const std::string target : {"/a", "/b?c=d", "/c"}) {
    client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string answer = client.receive_answer();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer), target);
    EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
    EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
  }
}

TEST(HttpMetrics, AnAnswerCountsInItsClassAndForTheLimitThatItTells) {
  HttpMetrics metrics;
  for (const int status : {200, 400, 413, 413, 414, 431, 999}) metrics.count_answer(status);
  EXPECT_EQ(metrics.responses_by_class[2].get(), 1U);
  EXPECT_EQ(metrics.responses_by_class[4].get(), 5U);
  EXPECT_EQ(metrics.bodies_too_large.get(), 2U);
  EXPECT_EQ(metrics.targets_too_long.get(), 1U);
  EXPECT_EQ(metrics.heads_too_large.get(), 1U);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  Client client = server.connect();
  std::string requests;
  for (int i = 0; i < 2000; ++i) {
    requests += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n" +
                std::to_string(1000 + i % 1000);
  }
  std::thread sender([&] { client.send(requests); });
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(body_of(client.receive_answer()), std::to_string(1000 + i % 1000));
  }
  sender.join();
}

TEST(HttpServer, ARequestPipelinedBehindASlowOneWaitsForItsTurn) {
  TestServer server;
  std::promise<void> arrived;
  server.handler.on_later = [&] { arrived.set_value(); };
  Client client = server.connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  arrived.get_future().wait();
  EXPECT_EQ(server.handler.requests, 1);
  server.on_loop([&] {
    Response response;
    response.body = "slow";
    server.handler.waiting[0]->respond(std::move(response));
    EXPECT_FALSE(server.handler.waiting[0]->alive());
  });
  EXPECT_EQ(body_of(client.receive_answer()), "slow");
  EXPECT_EQ(body_of(client.receive_answer()), "/next");
}

TEST(HttpServer, AnswersHeadWithTheLengthAndWithoutTheBody) {
  TestServer server;
  Client client = server.connect();
  client.send("HEAD /twelve-bytes HTTP/1.1\r\nHost: h\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string answer = client.receive_answer(true);
  EXPECT_NE(answer.find("Content-Length: 13\r\n"), std::string::npos) << answer;
  EXPECT_EQ(body_of(client.receive_answer()), "/x");
}

TEST(HttpServer, AStatusWithoutBodyHasNoLength) {
  TestServer server;
  Client client = server.connect();
  client.send("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string answer = client.receive_until("\r\n\r\n");
  EXPECT_EQ(status_of(answer), 204);
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_EQ(body_of(client.receive_answer()), "/x");
}

TEST(HttpServer, AnswersHttp10WithoutChunksAndCloses) {
  TestServer server;
  Client client = server.connect();
  client.send("GET /pieces HTTP/1.0\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_EQ(body_of(answer), "onetwo and more");
  EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, KeepsAnHttp10ConnectionThatAsksForIt) {
  TestServer server;
  Client client = server.connect();
  client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(client.receive_answer().find("Connection: keep-alive"), std::string::npos);
  client.send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_all()), "/b");
}

TEST(HttpServer, AnswersInPiecesAsChunksAndKeepsTheConnection) {
  TestServer server;
  Client client = server.connect();
  client.send("GET /pieces HTTP/1.1\r\nHost: h\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_answer()), "3\r\none\r\nc\r\ntwo and more\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_answer()), "/x");
}

TEST(HttpServer, ClosesWhenTheClientAsksForIt) {
  TestServer server;
  Client client = server.connect();
  client.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(body_of(answer), "/a");
}

TEST(HttpServer, ReadsAChunkedBodyWithExtensionsAndTrailersHoweverItIsSplit) {
  TestServer server;
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;a=b;c=\"d;e\"\r\nhello\r\n6\r\n world\r\n0;x\r\nTrailer: t\r\n\r\n";
  for (std::size_t split = 1; split < request.size(); split += 7) {
    Client client = server.connect();
    client.send(request.substr(0, split));
    client.send(request.substr(split));
    EXPECT_EQ(body_of(client.receive_answer()), "hello world");
  }
}

TEST(HttpServer, SendsContinueOnlyWhenItReadsTheBody) {
  TestServer server;
  Client client = server.connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_EQ(body_of(client.receive_answer()), "ok");
  client.send(
      "POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_EQ(status_of(answer), 404);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, RefusesATooLongBodyByItsAnnouncedLengthAndLetsTheAnswerBeRead) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" +
              std::string(5'000'000, 'x'));
  const std::string answer = client.receive_all();
  EXPECT_EQ(status_of(answer), 413);
  EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
}

TEST(HttpServer, RefusesAChunkedBodyWhenItGrowsTooLong) {
  TestServer server;
  Client client = server.connect();
  client.send(
      "POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n");
  client.send("6\r\n123456\r\n");
  EXPECT_EQ(status_of(client.receive_all()), 413);
}

TEST(HttpServer, ReadsOverASmallRefusedBodyAndKeepsTheConnection) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12");
  EXPECT_EQ(status_of(client.receive_answer()), 404);
  client.send("345GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_answer()), "/x");
}

TEST(HttpServer, HandsABodyOnInPieces) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n" +
              std::string(3'000'000, 'x') + "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_answer()), "3000000");
  EXPECT_EQ(body_of(client.receive_answer()), "/x");
}

TEST(HttpServer, AnAnswerInTheMiddleOfALongBodyEndsTheConnection) {
  TestServer server;
  Client client = server.connect();
  client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\nSTOP");
  const std::string answer = client.receive_all();
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, AHalfClosedClientStillGetsItsAnswers) {
  TestServer server;
  Client client = server.connect();
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  client.shut_down_sending();
  EXPECT_EQ(body_of(client.receive_answer()), "/a");
  server.on_loop([&] {
    ASSERT_EQ(server.handler.waiting.size(), 1U);
    Response response;
    response.body = "late";
    server.handler.waiting[0]->respond(std::move(response));
  });
  EXPECT_EQ(body_of(client.receive_all()), "late");
}

TEST(HttpServer, TellsTheHandlerOnceWhenTheClientBreaksOff) {
  TestServer server;
  std::promise<void> arrived;
  server.handler.on_later = [&] { arrived.set_value(); };
  Client client = server.connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  arrived.get_future().wait();
  client.reset();
  bool alive = true;
  while (alive) {
    server.on_loop([&] { alive = server.handler.waiting[0]->alive(); });
  }
  server.on_loop([&] { server.handler.waiting[0]->respond({}); });
  server.handler.aborted.wait(0);
  EXPECT_EQ(server.handler.aborted, 1);
}

TEST(HttpServer, AnAnswerThatWaitsMayTakeAHalfClosedClientForGone) {
  for (const bool before : {true, false}) {
    TestServer server;
    std::promise<void> arrived;
    const auto give_up = [&] { server.handler.waiting[0]->abort_at_end_of_input(); };
    server.handler.on_later = [&] {
      if (before) give_up();
      arrived.set_value();
    };
    Client client = server.connect();
    client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
    client.shut_down_sending();
    arrived.get_future().wait();
    if (!before) server.on_loop(give_up);
    EXPECT_EQ(client.receive_all(), "");
    server.handler.aborted.wait(0);
    EXPECT_EQ(server.handler.aborted, 1);
  }
}

TEST(HttpServer, SendsALargeAnswerToASlowReaderWhole) {
  TestServer server;
  Client client(server.address, 4096);
  client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_answer()).size(), std::size_t{8} << 20);
  EXPECT_EQ(body_of(client.receive_answer()), "/x");
}

TEST(HttpServer, AClientThatIsStillTakingItsAnswerIsNotIdle) {
  base::Settings settings;
  settings.idle_timeout = std::chrono::milliseconds(100);
  TestServer server(settings);
  Client slow(server.address, 4096);
  slow.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  slow.receive_until("\r\n\r\n");
  Client idle = server.connect();
  idle.send("GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.receive_answer();
  EXPECT_EQ(idle.receive(), "") << "this one is";
  std::size_t received = 0;
  while (received < 8 << 20) {
    const std::string some = slow.receive();
    ASSERT_NE(some, "") << received;
    received += some.size();
  }
  EXPECT_EQ(slow.receive(), "") << "now it is, too";
}

TEST(HttpServer, DrainingWithAGraceCutsNoAnswerOff) {
  TestServer server;
  Client slow(server.address, 4096);
  slow.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  slow.receive_until("\r\n\r\n");
  Client idle = server.connect();
  idle.send("GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.receive_answer();
  server.on_loop([&] { server.server->drain(std::chrono::milliseconds(100)); });
  EXPECT_EQ(idle.receive(), "") << "the grace is over";
  EXPECT_EQ(slow.receive_all().size(), std::size_t{8} << 20);
}

TEST(HttpServer, ClosesAClientThatDoesNotReadItsAnswer) {
  base::Settings settings;
  settings.body_timeout = 100ms;
  TestServer server(settings);
  Client client(server.address, 4096);
  client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server.metrics.timeouts_body.get() == 0) server.on_loop([] {});
  server.on_loop([&] { EXPECT_EQ(server.server->busy(), 0U); });
  EXPECT_LT(client.receive_all().size(), std::size_t{8} << 20);
}

TEST(HttpServer, AHeadThatDripsIsAnsweredWithTimeout) {
  base::Settings settings;
  settings.header_timeout = 100ms;
  TestServer server(settings);
  Client client = server.connect();
  client.send("GET / HTTP/1.1\r\nHost:");
  EXPECT_EQ(status_of(client.receive_all()), 408);
  EXPECT_EQ(server.metrics.timeouts_header.get(), 1U);
}

TEST(HttpServer, AConnectionThatSaysNothingIsClosedWithoutAnAnswer) {
  base::Settings settings;
  settings.header_timeout = 100ms;
  TestServer server(settings);
  Client client = server.connect();
  EXPECT_EQ(client.receive_all(), "");
}

TEST(HttpServer, ABodyThatKeepsComingMayTakeLongerThanTheTimeout) {
  base::Settings settings;
  settings.body_timeout = 100ms;
  TestServer server(settings);
  Client client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "400\r\n" + std::string(1024, 'x') + "\r\n";
  std::size_t sent = 0;
  const auto start = std::chrono::steady_clock::now();
  // A kilobyte a millisecond.
  for (auto elapsed = 0ns; elapsed < 300ms; elapsed = std::chrono::steady_clock::now() - start) {
    server.on_loop([] {});
    if (elapsed < sent / 1024 * 1ms) continue;
    client.send(piece);
    sent += 1024;
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_answer()).size(), sent);
}

TEST(HttpServer, ABodyThatDripsIsAnsweredWithTimeout) {
  base::Settings settings;
  settings.body_timeout = 100ms;
  TestServer server(settings);
  Client client = server.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  // A byte for each turn that takes a tick at least: never silent for the timeout, and never done.
  const auto start = std::chrono::steady_clock::now();
  auto last = start;
  while (server.metrics.timeouts_body.get() == 0) {
    server.on_loop([] {});
    if (std::chrono::steady_clock::now() - last < 20ms) continue;
    last = std::chrono::steady_clock::now();
    client.send("x");
  }
  EXPECT_EQ(status_of(client.receive_all()), 408);
}

TEST(HttpServer, ABodyThatDoesNotComeIsAnsweredWithTimeout) {
  base::Settings settings;
  settings.body_timeout = 100ms;
  TestServer server(settings);
  for (const std::string target : {"/echo", "/upload"}) {
    Client client = server.connect();
    client.send("POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n123");
    EXPECT_EQ(status_of(client.receive_all()), 408);
  }
  EXPECT_EQ(server.metrics.timeouts_body.get(), 2U);
}

TEST(HttpServer, AnIdleConnectionIsClosedInTheEnd) {
  base::Settings settings;
  settings.idle_timeout = 100ms;
  TestServer server(settings);
  Client client = server.connect();
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.receive_all()), "/a");
  EXPECT_EQ(server.metrics.timeouts_idle.get(), 1U);
}

TEST(HttpServer, BeyondItsConnectionsItAnswers503AndRecovers) {
  base::Settings settings;
  settings.connections_max = 2;
  TestServer server(settings);
  Client first = server.connect();
  first.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(first.receive_answer()), 200);
  {
    Client second = server.connect();
    second.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(second.receive_answer()), 200);
    Client third = server.connect();
    third.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string answer = third.receive_all();
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
    EXPECT_EQ(server.metrics.connections_refused.get(), 1U);
  }
  std::size_t open = 3;
  while (open > 1) {
    server.on_loop([&] { open = server.metrics.connections_open.get(); });
  }
  Client again = server.connect();
  again.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(again.receive_answer()), 200);
}

TEST(HttpServer, DrainingClosesIdleConnectionsAndFinishesWhatIsUnderWay) {
  TestServer server;
  std::promise<void> arrived;
  server.handler.on_later = [&] { arrived.set_value(); };
  Client idle = server.connect();
  idle.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.receive_answer();
  Client busy = server.connect();
  busy.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  arrived.get_future().wait();
  server.on_loop([&] { server.server->drain(); });
  EXPECT_EQ(idle.receive_all(), "");
  server.on_loop([&] { server.handler.waiting[0]->respond({}); });
  const std::string answer = busy.receive_all();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_LT(server.connect().descriptor(), 0);
}

TEST(HttpServer, ADetachedConnectionBecomesAStream) {
  TestServer server;
  StreamId id;
  server.handler.on_stream = [&](const std::shared_ptr<Exchange>& exchange) {
    EXPECT_TRUE(exchange->chunks_streams());
    StreamOpening opening;
    opening.response.set("Content-Type", "text/event-stream");
    opening.response.body = "data: 1\n\n";
    const OpenStream opened = exchange->detach(7, std::move(opening));
    id = opened.id;
    EXPECT_FALSE(opened.blocked);
    EXPECT_FALSE(exchange->alive());
  };
  Client client = server.connect();
  client.send(
      "GET /first HTTP/1.1\r\nHost: h\r\n\r\nGET /stream HTTP/1.1\r\nHost: h\r\n\r\nGET /dropped");
  EXPECT_EQ(body_of(client.receive_answer()), "/first");
  EXPECT_NE(client.receive_until("9\r\ndata: 1\n\n\r\n").find("200 OK"), std::string::npos);
  server.on_loop([&] {
    EXPECT_EQ(server.server->busy(), 0U);
    EXPECT_EQ(server.streams->size(), 1U);
    server.streams->close(id);
  });
  EXPECT_EQ(client.receive_all(), "");
}

TEST(HttpServer, AnswersEveryMalformedRequestWithAProblemAndCloses) {
  TestServer server;
  std::uint64_t sent = 0;
  for (const MalformedRequest& request : malformed_requests()) {
    Client client = server.connect();
    client.send(request.bytes);
    const std::string answer = client.receive_all();
    EXPECT_EQ(status_of(answer), request.status) << request.why;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << request.why;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << request.why;
    ++sent;
  }
  EXPECT_EQ(server.metrics.requests_malformed.get(), sent);
}

TEST(HttpServer, ARequestCutOffInTheMiddleIsAnswered) {
  TestServer server;
  for (const char* bytes :
       {"GET / HT", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12"}) {
    Client client = server.connect();
    client.send(bytes);
    client.shut_down_sending();
    EXPECT_EQ(status_of(client.receive_all()), 400) << bytes;
  }
}

TEST(Listener, ExplainsAnAddressThatCannotBeUsed) {
  for (const char* address :
       {"nonsense", "127.0.0.1:", "::1:80", "127.0.0.1:99999", "192.0.2.1:1"}) {
    const auto listener = open_listener(address);
    ASSERT_FALSE(listener) << address;
    EXPECT_EQ(listener.error().code, base::ErrorCode::kBadConfiguration);
    EXPECT_NE(listener.error().detail.find(address), std::string::npos);
  }
}

}  // namespace
}  // namespace weir::net::test
