#include "apps/webhooks/receiver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.hpp"
#include "client/test_server.hpp"
#include "log/batch_builder.hpp"
#include "log/testing/test_log.hpp"
#include "proto/trace_context.hpp"

namespace weir::apps {
namespace {

using client::TestPeer;
using client::TestServer;
using testing::HasSubstr;

base::Webhook config_for(const TestServer& server) {
  base::Webhook config;
  config.name = "h";
  config.url = server.text_url("/in?x=1");
  config.topics = {"**"};
  config.allow_private = true;
  config.timeout = std::chrono::milliseconds(5'000);
  return config;
}

class ReceiverTest : public testing::Test {
 protected:
  Outcome post(const base::Webhook& config, bool keep = false) {
    auto receiver = Receiver::make(config, key_);
    EXPECT_TRUE(receiver) << receiver.error().detail;
    attempt_.keep = keep;
    if (attempt_.event.batch == nullptr) {
      const std::vector<proto::Event> events = {log::testing::event("a", "data")};
      attempt_.event = {log::BatchBuilder::ephemeral({0xabc}, events, 1), 0};
    }
    return (*receiver)->post(attempt_, clock_, interrupt_);
  }

  Outcome answered_with(std::string_view answer) {
    TestServer server({[&](TestPeer& peer) {
      peer.read_until("}");
      peer.write(answer);
    }});
    return post(config_for(server));
  }

  SigningKey key_ = SigningKey::generate();
  base::ManualClock clock_;
  client::Interrupt interrupt_;
  Attempt attempt_;
};

TEST_F(ReceiverTest, PostsTheEventWithTheHeadersOfStandardWebhooks) {
  std::string head;
  std::string body;
  TestServer server({[&](TestPeer& peer) {
    head = peer.read_head();
    body = peer.read_until("}");
    peer.write("HTTP/1.1 204 No Content\r\n\r\n");
  }});
  EXPECT_EQ(post(config_for(server)).kind, Outcome::Kind::kDelivered);
  server.join();
  EXPECT_THAT(head, testing::StartsWith("POST /in?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(head, HasSubstr("webhook-id: 0000000000000abc-0\r\n"));
  EXPECT_THAT(head, HasSubstr("webhook-timestamp: 1767225600\r\n"));
  EXPECT_THAT(head, HasSubstr("webhook-signature: " + signature_header(key_, std::nullopt,
                                                                       "0000000000000abc-0",
                                                                       1767225600, body)));
}

TEST_F(ReceiverTest, TheTraceOfTheEventGoesOn) {
  constexpr std::string_view kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto event = log::testing::event("a", "data");
  event.trace = proto::pack_trace(*proto::parse_traceparent(kTrace));
  const std::vector<proto::Event> events = {event};
  attempt_.event = {log::BatchBuilder::ephemeral({0xabc}, events, 1), 0};
  std::string head;
  TestServer server({[&](TestPeer& peer) {
    head = peer.read_head();
    peer.write("HTTP/1.1 204 No Content\r\n\r\n");
  }});
  post(config_for(server));
  server.join();
  EXPECT_THAT(head, HasSubstr("traceparent: " + std::string(kTrace) + "\r\n"));
}

TEST_F(ReceiverTest, AnyStatusOf200To299IsDelivered) {
  EXPECT_EQ(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").kind,
            Outcome::Kind::kDelivered);
  EXPECT_EQ(answered_with("HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n").kind,
            Outcome::Kind::kDelivered);
}

TEST_F(ReceiverTest, OtherStatusesAreFailuresAndRetryAfterIsHeard) {
  const auto busy =
      answered_with("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(busy.kind, Outcome::Kind::kFailed);
  EXPECT_EQ(busy.retry_after, std::chrono::milliseconds(7'000));
  EXPECT_THAT(busy.reason, HasSubstr("status 503"));
  EXPECT_EQ(answered_with("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n").kind,
            Outcome::Kind::kFailed);
  EXPECT_EQ(answered_with("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n").kind,
            Outcome::Kind::kGone);
}

TEST_F(ReceiverTest, ARedirectIsNotFollowed) {
  TestServer target({});
  const auto redirected = answered_with("HTTP/1.1 307 Elsewhere\r\nLocation: " + target.text_url() +
                                        "\r\nContent-Length: 0\r\n\r\n");
  target.join();
  EXPECT_EQ(redirected.kind, Outcome::Kind::kFailed);
  EXPECT_THAT(redirected.reason, HasSubstr("redirects"));
  EXPECT_EQ(target.connections(), 0);
}

TEST_F(ReceiverTest, APrivateAddressIsNotConnectedToUnlessAllowed) {
  TestServer server({});
  auto config = config_for(server);
  config.allow_private = false;
  const auto refused = post(config);
  EXPECT_EQ(refused.kind, Outcome::Kind::kFailed);
  EXPECT_THAT(refused.reason, HasSubstr("127.0.0.1 is a loopback address"));
  config.url = "http://localhost:" + server.url().port + "/";
  EXPECT_THAT(post(config).reason, HasSubstr("loopback address")) << "a name is looked through";
  server.join();
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(ReceiverTest, AnAnswerWithoutEndIsNotRead) {
  TestServer server({[](TestPeer& peer) {
    peer.read_until("}");
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    for (int i = 0; i < 100; ++i) peer.write(std::string(10'000, 'x'));
    peer.wait_until_closed();
  }});
  EXPECT_EQ(post(config_for(server), true).kind, Outcome::Kind::kDelivered);
  EXPECT_TRUE(attempt_.client == nullptr || !attempt_.client->connection().is_open());
}

TEST_F(ReceiverTest, AReceiverThatDoesNotAnswerIsGivenUp) {
  TestServer server({[](TestPeer& peer) { peer.wait_until_closed(); }});
  auto config = config_for(server);
  config.timeout = std::chrono::milliseconds(100);
  EXPECT_EQ(post(config).kind, Outcome::Kind::kFailed);
}

TEST_F(ReceiverTest, TheConnectionIsKeptWhileMoreWaits) {
  const auto once = [](TestPeer& peer) {
    peer.read_until("}");
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  };
  TestServer server({[&](TestPeer& peer) {
    once(peer);
    once(peer);
  }});
  EXPECT_EQ(post(config_for(server), true).kind, Outcome::Kind::kDelivered);
  EXPECT_NE(attempt_.client, nullptr);
  EXPECT_EQ(post(config_for(server), false).kind, Outcome::Kind::kDelivered);
  EXPECT_EQ(attempt_.client, nullptr);
  server.join();
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(ReceiverTest, ABadKeyOrSecretIsNamedWithItsHookAndNotRepeated) {
  TestServer server({});
  auto config = config_for(server);
  config.secret = "whsec_tooshort";
  const auto made = Receiver::make(config, key_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, HasSubstr("webhook \"h\": secret"));
  EXPECT_THAT(made.error().detail, testing::Not(HasSubstr("tooshort")));
  config.secret.clear();
  config.key_file = "/does/not/exist";
  EXPECT_THAT(Receiver::make(config, key_).error().detail, HasSubstr("/does/not/exist"));
}

}  // namespace
}  // namespace weir::apps
