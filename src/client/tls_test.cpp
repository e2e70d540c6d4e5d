#include "client/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/event_source.hpp"
#include "client/http_client.hpp"
#include "client/test_server.hpp"
#include "client/tls_test_server.hpp"

namespace weir::client {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

ConnectionOptions trusting(const TestCertificate& certificate) {
  return {.tls = *TlsContext::make({.ca_file = certificate.file_name()})};
}

void hello(TlsTestPeer& peer) {
  peer.read_head();
  peer.write(kHello);
}

TEST(Tls, ARequestGoesToAServerWhoseCertificateIsTrustedAndNamesIt) {
  const TestCertificate certificate;
  std::string name;
  TlsTestServer server(certificate, {[&](TlsTestPeer& peer) {
                                       name = peer.server_name();
                                       hello(peer);
                                     },
                                     hello});
  HttpClient by_name(server.url("localhost"), {}, nullptr, trusting(certificate));
  const auto answer = by_name.fetch({});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(by_name.connection().tls()->version(), "TLSv1.3");
  HttpClient by_address(server.url(), {}, nullptr, trusting(certificate));
  EXPECT_TRUE(by_address.fetch({}));
  server.join();
  EXPECT_EQ(name, "localhost");
}

TEST(Tls, ACertificateThatNobodyVouchesForIsRefusedBeforeARequestIsSent) {
  const TestCertificate certificate;
  const TestCertificate other;
  bool greeted = true;
  TlsTestServer server(certificate, {[](TlsTestPeer&) {},
                                     [&](TlsTestPeer& peer) {
                                       greeted = peer.greeted() && !peer.read_head().empty();
                                     }});
  HttpClient with_the_systems(server.url(), {}, nullptr);
  EXPECT_THAT(with_the_systems.fetch({}).error().detail, HasSubstr("not to be trusted"));
  HttpClient with_anothers(server.url(), {}, nullptr, trusting(other));
  EXPECT_FALSE(with_anothers.fetch({}));
  server.join();
  EXPECT_FALSE(greeted);
}

TEST(Tls, ACertificateForAnotherNameIsRefused) {
  const TestCertificate certificate("DNS:example.com");
  TlsTestServer server(certificate, {[](TlsTestPeer&) {}, [](TlsTestPeer&) {}});
  HttpClient by_name(server.url("localhost"), {}, nullptr, trusting(certificate));
  EXPECT_THAT(by_name.fetch({}).error().detail, HasSubstr("hostname mismatch"));
  HttpClient by_address(server.url(), {}, nullptr, trusting(certificate));
  EXPECT_THAT(by_address.fetch({}).error().detail, HasSubstr("IP address mismatch"));
}

TEST(Tls, ACertificateThatHasEndedIsRefused) {
  const TestCertificate certificate("IP:127.0.0.1", -60);
  TlsTestServer server(certificate, {[](TlsTestPeer&) {}});
  HttpClient client(server.url(), {}, nullptr, trusting(certificate));
  EXPECT_THAT(client.fetch({}).error().detail, HasSubstr("certificate has expired"));
}

TEST(Tls, WhoeverAnswersIsBelievedWhenToldNotToVerify) {
  const TestCertificate certificate("DNS:example.com", -60);
  TlsTestServer server(certificate, {hello});
  HttpClient client(server.url(), {}, nullptr, {.tls = *TlsContext::make({.verify = false})});
  const auto answer = client.fetch({});
  EXPECT_TRUE(answer) << answer.error().detail;
}

TEST(Tls, VersionsBefore12AreRefused) {
  const TestCertificate certificate;
  TlsTestServer old(certificate, {[](TlsTestPeer&) {}}, TLS1_1_VERSION);
  HttpClient client(old.url(), {}, nullptr, trusting(certificate));
  EXPECT_THAT(client.fetch({}).error().detail, HasSubstr("no TLS with"));
  TlsTestServer still_good(certificate, {hello}, TLS1_2_VERSION);
  HttpClient other(still_good.url(), {}, nullptr, trusting(certificate));
  const auto answer = other.fetch({});
  EXPECT_TRUE(answer) << answer.error().detail;
}

TEST(Tls, ABodyThatEndsWithoutAGoodbyeIsNotTakenForWhole) {
  const TestCertificate certificate;
  constexpr std::string_view kUntilEnd = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf";
  TlsTestServer server(certificate, {[&](TlsTestPeer& peer) {
                                       peer.read_head();
                                       peer.write(kUntilEnd);
                                     },
                                     [&](TlsTestPeer& peer) {
                                       peer.read_head();
                                       peer.write(kUntilEnd);
                                       peer.say_goodbye();
                                     }});
  HttpClient cut(server.url(), {}, nullptr, trusting(certificate));
  EXPECT_FALSE(cut.fetch({}));
  HttpClient whole(server.url(), {}, nullptr, trusting(certificate));
  const auto answer = whole.fetch({});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, "half");
}

TEST(Tls, LargeBodiesComeWholeInBothDirections) {
  const TestCertificate certificate;
  const std::string large(3 << 20, 'x');
  TlsTestServer server(certificate, {[&](TlsTestPeer& peer) {
                         peer.read_head();
                         peer.write("HTTP/1.1 200 OK\r\nContent-Length: " +
                                    std::to_string(large.size()) + "\r\n\r\n");
                         peer.write(large);
                       }});
  HttpClient client(server.url(), {}, nullptr, trusting(certificate));
  const auto answer = client.fetch({});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, large);
}

TEST(Tls, AServerThatNeverGreetsIsGivenUp) {
  const TestCertificate certificate;
  TestServer silent({[](TestPeer& peer) { peer.wait_until_closed(); }});
  auto url = silent.url();
  url.secure = true;
  HttpClient client(url, {.connect = milliseconds(50)}, nullptr, trusting(certificate));
  EXPECT_THAT(client.fetch({}).error().detail, HasSubstr("the server was silent"));
}

TEST(Tls, AnEventStreamIsFollowedOverTls) {
  const TestCertificate certificate;
  TlsTestServer server(certificate, {[](TlsTestPeer& peer) {
                         peer.read_head();
                         peer.write(
                             "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                             "data: one\n\ndata: two\n\n");
                       }});
  EventSourceOptions options;
  options.connection = trusting(certificate);
  std::vector<std::string> data;
  EventSource::Handlers handlers;
  handlers.on_event = [&](const EventSource::Event& event) {
    data.emplace_back(event.data);
    return data.size() < 2;
  };
  EventSource source(server.url(), options, std::move(handlers));
  EXPECT_TRUE(source.run());
  EXPECT_THAT(data, testing::ElementsAre("one", "two"));
}

TEST(Tls, AuthorizationStaysAtHomeWhenTheSameHostRedirectsToPlainHttp) {
  const TestCertificate certificate;
  std::string at_home;
  std::string abroad;
  TestServer plain({[&](TestPeer& peer) {
    abroad = peer.read_head();
    peer.write("HTTP/1.1 204 No Content\r\n\r\n");
  }});
  TlsTestServer server(certificate, {[&](TlsTestPeer& peer) {
                         at_home = peer.read_head();
                         peer.write("HTTP/1.1 307 Temporary Redirect\r\nLocation: " +
                                    plain.text_url() + "\r\nContent-Length: 0\r\n\r\n");
                       }});
  EventSourceOptions options;
  options.connection = trusting(certificate);
  options.headers = {{"Authorization", "Bearer secret"}};
  EventSource::Handlers handlers;
  handlers.on_event = [](const EventSource::Event&) { return true; };
  EventSource source(server.url(), options, std::move(handlers));
  EXPECT_TRUE(source.run());
  server.join();
  plain.join();
  EXPECT_THAT(at_home, HasSubstr("Authorization: Bearer secret"));
  EXPECT_THAT(abroad, Not(HasSubstr("secret")));
}

TEST(Tls, AFileWithoutCertificatesIsAMistakeOfTheCommandLine) {
  const auto made = TlsContext::make({.ca_file = "/dev/null"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, base::ErrorCode::kUsage);
}

TEST(ClientSocket, AnAddressThatIsNotAllowedIsNotConnectedTo) {
  TestServer server({});
  HttpClient client(server.url(), {}, nullptr,
                    {.allowed = [](const sockaddr&) { return "not this one"; }});
  EXPECT_THAT(client.fetch({}).error().detail, HasSubstr("not this one"));
}

TEST(HttpClient, AnAnswerThatDripsIsGivenUpWhenTheWholeTimeIsOver) {
  TestServer server({[](TestPeer& peer) {
    peer.read_head();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nx");
    peer.wait_until_closed();
  }});
  HttpClient client(server.url(), {.silence = milliseconds(60'000), .total = milliseconds(50)});
  EXPECT_FALSE(client.fetch({}));
}

}  // namespace
}  // namespace weir::client
