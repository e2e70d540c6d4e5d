#include "apps/workflow/effects/http_effect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "client/test_server.hpp"
#include "proto/trace_context.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using client::TestPeer;
using client::TestServer;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpEffectTest : public testing::Test {
 protected:
  HttpEffectTest() { settings_.effects.http_private = {"127.0.0.0/8"}; }

  EffectOutcome run(const TestServer& server, std::string_view with = "{}",
                    std::string_view target = "/") {
    request_.with = json::parse(with).as_object();
    request_.with["url"] = server.text_url(target);
    return run_http(request_, settings_, interrupt_);
  }
  EffectOutcome answered_with(const std::string& answer, std::string_view with = "{}") {
    TestServer server({[&](TestPeer& peer) {
      peer.read_head();
      peer.write(answer);
    }});
    return run(server, with);
  }

  EffectRequest request_;
  base::Settings settings_;
  client::Interrupt interrupt_;
};

TEST_F(HttpEffectTest, SendsWhatTheNodeSaysAndGivesWhatComesBack) {
  constexpr std::string_view kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  request_.trace = proto::pack_trace(*proto::parse_traceparent(kTrace));
  std::string head;
  std::string body;
  TestServer server({[&](TestPeer& peer) {
    head = peer.read_head();
    body = peer.read_until("}");
    peer.write(
        "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nX-A: 1\r\nX-a: "
        "2\r\nContent-Length: 8\r\n\r\n{\"id\":7}");
  }});
  const auto outcome = run(
      server,
      R"({"method":"POST","headers":{"X-Key":"k"},"query":{"a b":"c&d","n":1},"json":{"x":[1]}})",
      "/in?q=1");
  server.join();
  EXPECT_TRUE(outcome.ok) << outcome.error;
  EXPECT_THAT(head, StartsWith("POST /in?q=1&a%20b=c%26d&n=1 HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-Key: k\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\ntraceparent: " + std::string(kTrace) + "\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nUser-Agent: weir/"));
  EXPECT_EQ(body, R"({"x":[1]})");
  EXPECT_EQ(outcome.output.at("status"), 201);
  EXPECT_EQ(outcome.output.at("json"), json::parse(R"({"id":7})"));
  EXPECT_TRUE(outcome.output.at("body").is_null());
  EXPECT_EQ(outcome.output.at("headers").at("x-a"), "1, 2");
}

TEST_F(HttpEffectTest, GivesTextAsTextAndJsonThatIsNoneToo) {
  EXPECT_EQ(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh\xff").output.at("body"),
            "h\xEF\xBF\xBD");
  const auto wrong = answered_with(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{");
  EXPECT_EQ(wrong.output.at("body"), "{");
}

TEST_F(HttpEffectTest, AStatusThatIsNotExpectedIsAFailureWithAnOutput) {
  const auto outcome =
      answered_with("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nwait");
  EXPECT_FALSE(outcome.ok);
  EXPECT_TRUE(outcome.retryable);
  EXPECT_EQ(outcome.retry_after, std::chrono::seconds(7));
  EXPECT_EQ(outcome.output.at("body"), "wait");
  EXPECT_THAT(outcome.error, HasSubstr("answered with status 503"));
  EXPECT_FALSE(answered_with("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n").retryable);
  EXPECT_TRUE(answered_with("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n").retryable);
  EXPECT_TRUE(
      answered_with("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", R"({"expect":[200,404]})").ok);
  EXPECT_FALSE(answered_with("HTTP/1.1 204 No\r\n\r\n", R"({"expect":[200,404]})").ok);
}

TEST_F(HttpEffectTest, TheAnswerIsBounded) {
  const auto large =
      answered_with("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2'000, 'x'),
                    R"({"responseBytesMax":"1KiB"})");
  EXPECT_EQ(large.error, "the answer has more than 1024 bytes");
  EXPECT_FALSE(large.retryable);
  settings_.effects.output_bytes_max = 1'024;
  EXPECT_FALSE(answered_with("HTTP/1.1 200 OK\r\n\r\n" + std::string(1'025, 'x')).ok);
}

TEST_F(HttpEffectTest, NothingIsWaitedForAfterTheHeadOfAnAnswerToHead) {
  EXPECT_TRUE(
      answered_with("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", R"({"method":"HEAD"})").ok);
}

TEST_F(HttpEffectTest, FollowsRedirectsOfTheSameServer) {
  std::string second;
  TestServer server({[](TestPeer& peer) {
                       peer.read_head();
                       peer.write(
                           "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
                     },
                     [&](TestPeer& peer) {
                       second = peer.read_head();
                       peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                     }});
  const auto outcome =
      run(server, R"({"method":"POST","body":"x","headers":{"Authorization":"Bearer t"}})");
  EXPECT_TRUE(outcome.ok) << outcome.error;
  EXPECT_THAT(second, StartsWith("GET /there HTTP/1.1\r\n"));
  EXPECT_THAT(second, HasSubstr("Authorization: Bearer t"));
}

TEST_F(HttpEffectTest, GivesNoCredentialsAndNoBodyToAnotherServer) {
  std::string head;
  TestServer other({[&](TestPeer& peer) {
    head = peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }});
  const auto to_other = [&](TestPeer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 307 There\r\nLocation: " + other.text_url("/x") +
               "\r\nContent-Length: 0\r\n\r\n");
  };
  {
    TestServer server({to_other});
    EXPECT_TRUE(
        run(server, R"({"headers":{"Authorization":"Bearer t","X-Api-Key":"k","Accept":"a/b"}})")
            .ok);
  }
  other.join();
  EXPECT_THAT(head, StartsWith("GET /x HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Accept: a/b"));
  EXPECT_THAT(head, Not(HasSubstr("Bearer")));
  EXPECT_THAT(head, Not(HasSubstr("X-Api-Key")));
  TestServer server({to_other});
  const auto refused = run(server, R"({"method":"POST","body":"x"})");
  EXPECT_THAT(refused.error, HasSubstr("does not get the body"));
}

TEST_F(HttpEffectTest, DoesNotFollowRedirectsForEver) {
  const auto again = [](TestPeer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
  };
  TestServer server(std::vector<TestServer::Script>(kRedirectsMax + 1, again));
  const auto outcome = run(server);
  EXPECT_THAT(outcome.error, HasSubstr("more than 5 redirects"));
  TestServer once({again});
  EXPECT_TRUE(run(once, R"({"expect":[301]})").ok) << "who expects one gets it";
}

TEST_F(HttpEffectTest, AsksNobodyWhoIsNotPublicUnlessTheSettingHasIt) {
  TestServer server({[](TestPeer& peer) { peer.wait_until_closed(); }});
  settings_.effects.http_private = {"10.0.0.0/8"};
  const auto outcome = run(server);
  EXPECT_FALSE(outcome.ok || outcome.retryable);
  EXPECT_THAT(
      outcome.error,
      HasSubstr("127.0.0.1 is a loopback address, which workflow_http_private would allow"));
  settings_.effects.http_private = {"127.0.0.1"};
  // Played to its end, so that the server's thread is done.
  interrupt_.trigger();
  EXPECT_THAT(run(server).error, HasSubstr("interrupted"));
}

TEST_F(HttpEffectTest, RefusesWhatIsNoRequest) {
  for (const auto& [with, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"url":"ftp://x/"})", "url"},
           {R"({"url":"http://user:password@x/"})", "user name"},
           {R"({"url":"http://127.0.0.1/","headers":{"Host":"x"}})", "set by the request itself"},
           {R"({"url":"http://127.0.0.1/","headers":{"A\nB":"x"}})", "no name of a header"},
           {R"({"url":"http://127.0.0.1/","headers":{"A":"x\r\nB: y"}})", "a line of text"},
           {R"({"url":"http://127.0.0.1/","method":"GET / HTTP/1.1\r\n"})", "cannot be sent"}}) {
    request_.with = json::parse(with).as_object();
    const auto outcome = run_http(request_, settings_, interrupt_);
    EXPECT_FALSE(outcome.ok || outcome.retryable) << with;
    EXPECT_THAT(outcome.error, HasSubstr(why)) << with;
  }
}

}  // namespace
}  // namespace weir::apps::workflow
