#include "client/event_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/test_server.hpp"

namespace weir::client {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kStream =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"
    "retry: 1\n\n";
constexpr std::string_view kStop = "HTTP/1.1 204 No Content\r\n\r\n";

/// Plays one answer and closes; the request's head is kept.
TestServer::Script answer(std::string bytes, std::string* head = nullptr) {
  return [bytes = std::move(bytes), head](TestPeer& peer) {
    const std::string request = peer.read_head();
    if (head != nullptr) *head = request;
    peer.write(bytes);
  };
}

EventSourceOptions quick() {
  EventSourceOptions options;
  options.retry = milliseconds(1);
  options.backoff_max = milliseconds(1);
  return options;
}

struct Played {
  base::Result<> result;
  std::vector<std::string> data;
  std::vector<milliseconds> waits;
  std::vector<std::string> reasons;
};

Played run(const TestServer& server, EventSourceOptions options = quick(),
           std::size_t events_max = 1'000, std::string_view target = "/stream") {
  Played out;
  EventSource::Handlers handlers;
  handlers.on_event = [&](const EventSource::Event& event) {
    out.data.emplace_back(event.data);
    return out.data.size() < events_max;
  };
  handlers.on_wait = [&](const base::Error& error, milliseconds wait) {
    out.waits.push_back(wait);
    out.reasons.push_back(error.detail);
  };
  EventSource source(server.url(target), std::move(options), std::move(handlers));
  out.result = source.run();
  return out;
}

TEST(EventSource, ResumesAtTheLastIdUntilItIsToldToStop) {
  std::string first, second, third;
  TestServer server(
      {answer(std::string(kStream) + "id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: half", &first),
       answer(std::string(kStream) + "id: 3\ndata: c\n\n", &second),
       answer(std::string(kStop), &third)});
  const Played r = run(server);
  EXPECT_TRUE(r.result) << r.result.error().detail;
  EXPECT_THAT(r.data, ElementsAre("a", "b", "c"));
  server.join();
  EXPECT_THAT(first, HasSubstr("GET /stream HTTP/1.1\r\n"));
  EXPECT_THAT(first, HasSubstr("\r\nAccept: text/event-stream\r\n"));
  EXPECT_THAT(first, Not(HasSubstr("Last-Event-ID")));
  EXPECT_THAT(second, HasSubstr("\r\nLast-Event-ID: 2\r\n"));
  EXPECT_THAT(third, HasSubstr("\r\nLast-Event-ID: 3\r\n"));
}

TEST(EventSource, WaitsAsLongAsTheServerAsksBeforeTakingAnEndedStreamUpAgain) {
  TestServer server({answer(std::string(kStream) + "retry: 7\n\n"), answer(std::string(kStop))});
  const Played r = run(server);
  EXPECT_THAT(r.waits, ElementsAre(milliseconds(7)));
}

TEST(EventSource, BeginsWhereItIsTold) {
  std::string head;
  TestServer server({answer(std::string(kStop), &head)});
  auto options = quick();
  options.last_event_id = "abc-7";
  options.headers = {{"Authorization", "Bearer t"}};
  EXPECT_TRUE(run(server, options).result);
  server.join();
  EXPECT_THAT(head, HasSubstr("\r\nLast-Event-ID: abc-7\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nAuthorization: Bearer t\r\n"));
}

TEST(EventSource, ResumesWhereTheServerSaidItStandsWhileNoEventHasCome) {
  std::string second;
  TestServer server(
      {answer(std::string(kStream) + "data: here-5\n\n"), answer(std::string(kStop), &second)});
  EventSource* self = nullptr;
  EventSource::Handlers handlers;
  handlers.on_event = [&](const EventSource::Event& event) {
    self->resume_from(std::string(event.data));
    return true;
  };
  EventSource source(server.url(), quick(), handlers);
  self = &source;
  EXPECT_TRUE(source.run());
  server.join();
  EXPECT_THAT(second, HasSubstr("\r\nLast-Event-ID: here-5\r\n"));
}

TEST(EventSource, HandsOutNothingAfterTheHandlerHasHadEnough) {
  TestServer server({answer(std::string(kStream) + "data: a\n\ndata: b\n\ndata: c\n\n")});
  const Played r = run(server, quick(), 2);
  EXPECT_TRUE(r.result);
  EXPECT_THAT(r.data, ElementsAre("a", "b"));
}

TEST(EventSource, ComesBackAfterABrokenConnectionAndServerErrors) {
  TestServer server({[](TestPeer& peer) {
                       peer.read_head();
                       peer.write(
                           "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n");
                     },
                     answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
                     answer("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"),
                     [](TestPeer& peer) { peer.read_head(); }, answer(std::string(kStop))});
  const Played r = run(server);
  EXPECT_TRUE(r.result) << r.result.error().detail;
  EXPECT_THAT(r.data, ElementsAre("a"));
  EXPECT_EQ(r.waits.size(), 4u);
}

TEST(EventSource, HonoursRetryAfter) {
  Interrupt interrupt;
  TestServer server({answer(
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n")});
  milliseconds waited{0};
  EventSource::Handlers handlers;
  handlers.on_event = [](const EventSource::Event&) { return true; };
  handlers.on_wait = [&](const base::Error&, milliseconds wait) {
    waited = wait;
    interrupt.trigger();
  };
  EventSource source(server.url(), quick(), handlers, &interrupt);
  EXPECT_TRUE(source.run()) << "an interrupt is not an error";
  EXPECT_GE(waited, std::chrono::hours(1));
}

TEST(EventSource, GivesUpForGoodOnAClientErrorAndSaysWhy) {
  const std::string problem =
      R"({"type":"/problems/bad-selector","title":"t","status":400,"detail":"no such","code":"bad-selector"})";
  TestServer server({answer("HTTP/1.1 400 Bad Request\r\nContent-Length: " +
                            std::to_string(problem.size()) + "\r\n\r\n" + problem)});
  const Played r = run(server);
  ASSERT_FALSE(r.result);
  EXPECT_EQ(r.result.error().code, base::ErrorCode::kBadSelector);
  EXPECT_EQ(r.result.error().detail, "no such");
  EXPECT_TRUE(r.waits.empty());
}

TEST(EventSource, AnythingButAnEventStreamIsFinal) {
  TestServer server(
      {answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi")});
  const Played r = run(server);
  ASSERT_FALSE(r.result);
  EXPECT_THAT(r.result.error().detail, HasSubstr("text/html"));
}

TEST(EventSource, FollowsRedirectsButKeepsAuthorizationToItsOwnOrigin) {
  std::string same, other;
  TestServer elsewhere({answer(std::string(kStop), &other)});
  TestServer server({answer("HTTP/1.1 307 Temporary Redirect\r\nLocation: /moved\r\n"
                            "Content-Length: 0\r\n\r\n"),
                     answer("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.text_url("/there") +
                                "\r\nContent-Length: 0\r\n\r\n",
                            &same)});
  auto options = quick();
  options.headers = {{"authorization", "Bearer t"}};
  EXPECT_TRUE(run(server, options).result);
  server.join();
  elsewhere.join();
  EXPECT_THAT(same, HasSubstr("GET /moved "));
  EXPECT_THAT(same, HasSubstr("Bearer t"));
  EXPECT_THAT(other, HasSubstr("GET /there "));
  EXPECT_THAT(other, Not(HasSubstr("Bearer t")));
}

TEST(EventSource, ARedirectWithoutALocationIsFinal) {
  TestServer server({answer("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")});
  EXPECT_FALSE(run(server).result);
}

TEST(EventSource, CanFailAtOnceWhenTheFirstConnectionIsRefused) {
  TestServer server({});
  server.join();
  auto options = quick();
  options.wait_for_server = false;
  const Played r = run(server, options);
  ASSERT_FALSE(r.result);
  EXPECT_THAT(r.result.error().detail, HasSubstr("Connection refused"));
}

TEST(EventSource, ASilentConnectionIsDead) {
  TestServer server({[](TestPeer& peer) {
                       peer.read_head();
                       peer.write(kStream);
                       peer.wait_until_closed();
                     },
                     answer(std::string(kStop))});
  auto options = quick();
  options.silence = milliseconds(50);
  const Played r = run(server, options);
  EXPECT_TRUE(r.result);
  ASSERT_EQ(r.reasons.size(), 1u);
  EXPECT_THAT(r.reasons[0], HasSubstr("silent"));
}

TEST(EventSource, WaitsForAnotherDescriptorBesideTheStream) {
  TestServer server({[](TestPeer& peer) {
    peer.read_head();
    peer.write(kStream);
    peer.wait_until_closed();
  }});
  const Interrupt other;
  auto options = quick();
  options.also = other.descriptor();
  EventSource::Handlers handlers;
  handlers.on_event = [](const EventSource::Event&) { return true; };
  handlers.on_open = [&](const Url&) { other.trigger(); };
  int told = 0;
  handlers.on_also = [&] { return ++told < 1; };
  EventSource source(server.url("/stream"), options, std::move(handlers));
  EXPECT_TRUE(source.run());
  EXPECT_EQ(told, 1);
}

TEST(EventSource, WaitsForAnotherDescriptorBetweenConnectionsToo) {
  TestServer server({[](TestPeer& peer) { peer.read_head(); }});
  const Interrupt other;
  other.trigger();
  auto options = quick();
  options.retry = options.backoff_max = std::chrono::minutes(10);
  options.also = other.descriptor();
  EventSource::Handlers handlers;
  handlers.on_event = [](const EventSource::Event&) { return true; };
  handlers.on_also = [] { return false; };
  EventSource source(server.url("/stream"), options, std::move(handlers));
  EXPECT_TRUE(source.run());
}

}  // namespace
}  // namespace weir::client
