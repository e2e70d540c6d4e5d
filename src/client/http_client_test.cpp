#include "client/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "client/test_server.hpp"

namespace weir::client {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

TEST(HttpClient, SendsARequestAndReadsItsAnswer) {
  std::string seen;
  TestServer server({[&](TestPeer& peer) {
    seen = peer.read_until("body");
    peer.write(kHello);
  }});
  HttpClient client(server.url());
  const auto response =
      client.fetch({.method = "POST", .target = "/a?b", .headers = {{"X-Y", "z"}}, .body = "body"});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->body, "hello");
  server.join();
  EXPECT_EQ(seen, "POST /a?b HTTP/1.1\r\nHost: " + server.url().authority +
                      "\r\nX-Y: z\r\nContent-Length: 4\r\n\r\nbody");
}

TEST(HttpClient, KeepsTheConnectionForTheNextRequest) {
  TestServer server({[](TestPeer& peer) {
    for (int i = 0; i < 3; ++i) {
      peer.read_head();
      peer.write(kHello);
    }
  }});
  HttpClient client(server.url());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.fetch({}));
  server.join();
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, ReplacesAKeptConnectionThatTheServerClosed) {
  const auto once = [](TestPeer& peer) {
    peer.read_head();
    peer.write(kHello);
  };
  TestServer server({once, once});
  HttpClient client(server.url());
  EXPECT_TRUE(client.fetch({}));
  const auto second = client.fetch({});
  EXPECT_TRUE(second) << second.error().detail;
}

TEST(HttpClient, SeesAClosedConnectionBeforeItSendsAnything) {
  std::string seen;
  TestServer server({[](TestPeer& peer) {
                       peer.read_head();
                       peer.write(kHello);
                     },
                     [&](TestPeer& peer) {
                       seen = peer.read_until("body");
                       peer.write(kHello);
                     }});
  HttpClient client(server.url());
  EXPECT_TRUE(client.fetch({}));
  ASSERT_TRUE(client.connection().wait(false, std::chrono::seconds(10))->readable) << "its end";
  const auto second = client.fetch({.method = "POST", .body = "body"});
  EXPECT_TRUE(second) << second.error().detail;
  server.join();
  EXPECT_THAT(seen, HasSubstr("POST / HTTP/1.1"));
}

/// Answers one request, takes another one and closes; who asks again is answered.
std::vector<TestServer::Script> breaks_at_the_second(int& repeated) {
  return {[](TestPeer& peer) {
            peer.read_head();
            peer.write(kHello);
            peer.read_head();
          },
          [&repeated](TestPeer& peer) {
            if (peer.read_head().starts_with("GET /last")) return peer.write(kHello);
            ++repeated;
            peer.write(kHello);
          }};
}

TEST(HttpClient, DoesNotRepeatWhatMayHaveBeenCarriedOut) {
  for (const std::string method : {"POST", "PATCH"}) {
    int repeated = 0;
    TestServer server(breaks_at_the_second(repeated));
    HttpClient client(server.url());
    EXPECT_TRUE(client.fetch({}));
    const auto second = client.fetch({.method = method});
    ASSERT_FALSE(second) << method;
    EXPECT_EQ(second.error().code, base::ErrorCode::kNetwork);
    EXPECT_TRUE(client.fetch({.target = "/last"})) << "on a new connection";
    server.join();
    EXPECT_EQ(repeated, 0) << method;
  }
}

TEST(HttpClient, RepeatsWhatIsIdempotentOrSaysThatItMayBe) {
  for (const auto& request : {Request{.method = "GET"}, Request{.method = "DELETE"},
                              Request{.method = "POST", .repeatable = true}}) {
    int repeated = 0;
    TestServer server(breaks_at_the_second(repeated));
    HttpClient client(server.url());
    EXPECT_TRUE(client.fetch({}));
    EXPECT_TRUE(client.fetch(request)) << request.method;
    server.join();
    EXPECT_EQ(repeated, 1) << request.method;
  }
}

TEST(HttpClient, DoesNotRepeatARequestOfANewConnection) {
  TestServer server({[](TestPeer& peer) { peer.read_head(); }, [](TestPeer&) {}});
  HttpClient client(server.url());
  const auto response = client.fetch({});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::ErrorCode::kNetwork);
  EXPECT_FALSE(client.fetch({}));  // Lets the second script run, so that the server can end.
}

TEST(HttpClient, SaysWhenNobodyListens) {
  TestServer server({});
  const Url url = server.url();
  server.join();
  HttpClient client(url);
  const auto response = client.fetch({});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().detail, HasSubstr("Connection refused"));
}

TEST(HttpClient, ResolvesNames) {
  TestServer server({[](TestPeer& peer) {
    peer.read_head();
    peer.write(kHello);
  }});
  Url url = server.url();
  url.host = "localhost";
  HttpClient client(url);
  const auto response = client.fetch({});
  EXPECT_TRUE(response) << response.error().detail;
}

TEST(HttpClient, GivesUpOnASilentServer) {
  TestServer server({[](TestPeer& peer) { peer.wait_until_closed(); }});
  HttpClient client(server.url(), {.silence = milliseconds(20)});
  const auto response = client.fetch({});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().detail, HasSubstr("silent"));
}

TEST(HttpClient, AnInterruptEndsTheWait) {
  Interrupt interrupt;
  TestServer server({[&](TestPeer& peer) {
    peer.read_head();
    interrupt.trigger();
    peer.wait_until_closed();
  }});
  HttpClient client(server.url(), {}, &interrupt);
  EXPECT_FALSE(client.fetch({}));
  client.close();
}

TEST(HttpClient, AnInterruptCountsWhileTheServerAlwaysHasMore) {
  constexpr std::size_t kBody = 600'000;
  const Interrupt interrupt;
  std::promise<void> written;
  TestServer server({[&](TestPeer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBody) + "\r\n\r\n");
    peer.write(std::string(kBody, 'x'));
    written.set_value();
    peer.wait_until_closed();
  }});
  HttpClient client(server.url(), {}, &interrupt);
  std::size_t received = 0;
  ASSERT_TRUE(client.begin({}, [&](std::string_view piece) {
    // From here on all of it can be read without a wait.
    if (received == 0) written.get_future().wait();
    received += piece.size();
    interrupt.trigger();
  }));
  while (client.receive()) {
    ASSERT_FALSE(client.complete()) << "nothing asked for the interrupt";
  }
  EXPECT_LT(received, kBody);
  client.close();
}

TEST(HttpClient, RefusesAnAnswerThatIsTooLarge) {
  TestServer server({[](TestPeer& peer) {
    peer.read_head();
    peer.write(kHello);
  }});
  HttpClient client(server.url());
  EXPECT_FALSE(client.fetch({}, 4));
}

TEST(HttpClient, StreamsABodyInChunksAndReadsTheAnswerMeanwhile) {
  std::string head;
  std::string body;
  TestServer server({[&](TestPeer& peer) {
    head = peer.read_head();
    body = peer.read_until("\r\none\r\n");
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n1\n\r\n");
    body += peer.read_until("0\r\n\r\n");
    peer.write("2\r\n2\n\r\n0\r\n\r\n");
  }});
  HttpClient client(server.url());
  std::string answers;
  ASSERT_TRUE(
      client.begin({.method = "POST"}, [&](std::string_view p) { answers.append(p); }, true));
  ASSERT_TRUE(client.write("one"));
  while (answers.empty()) ASSERT_TRUE(client.receive());
  ASSERT_TRUE(client.write("second"));
  ASSERT_TRUE(client.finish_body());
  while (!client.complete()) ASSERT_TRUE(client.receive());
  EXPECT_EQ(answers, "1\n2\n");
  EXPECT_THAT(head, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  server.join();
  EXPECT_EQ(body, "3\r\none\r\n6\r\nsecond\r\n0\r\n\r\n");
}

TEST(HttpClient, ReadsTheAnswerOfAServerThatWillNotTakeTheBody) {
  TestServer server({[](TestPeer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    peer.wait_until_closed();
  }});
  HttpClient client(server.url());
  ASSERT_TRUE(client.begin({.method = "POST"}, [](std::string_view) {}, true));
  const std::string piece(64 * 1024, 'x');
  for (bool more = true; more;) {
    const auto written = client.write(piece);
    ASSERT_TRUE(written) << written.error().detail;
    more = *written;
    if (!more) break;
    ASSERT_TRUE(client.receive_until_readable(-1, milliseconds(1)));
  }
  EXPECT_EQ(client.head()->status, 413);
  EXPECT_TRUE(client.finish_body());
}

}  // namespace
}  // namespace weir::client
