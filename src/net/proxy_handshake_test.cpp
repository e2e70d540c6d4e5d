#include "net/proxy_handshake.hpp"

#include <gtest/gtest.h>

#include "net/tls_fixture.hpp"

namespace weir::net::test {
namespace {

constexpr std::string_view kHeader = "PROXY TCP4 192.0.2.7 127.0.0.1 5000 80\r\n";
constexpr std::string_view kLater = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";

base::Settings trusting() {
  base::Settings settings;
  settings.trusted_proxies = {"127.0.0.0/8"};
  return settings;
}

std::string peer_of_the_request(TestServer& server) {
  while (server.handler.requests == 0) server.on_loop([] {});
  std::string peer;
  server.on_loop([&] { peer = server.handler.waiting.at(0)->head().peer; });
  return peer;
}

TEST(ProxyHandshake, TheClientsAddressBecomesTheRequests) {
  TestServer server(trusting(), nullptr, {.proxy_protocol = true});
  Client client = server.connect();
  client.send(std::string(kHeader) + std::string(kLater));
  EXPECT_EQ(peer_of_the_request(server), "192.0.2.7:5000");
}

TEST(ProxyHandshake, AClientOfIpv6IsNamedInBrackets) {
  TestServer server(trusting(), nullptr, {.proxy_protocol = true});
  Client client = server.connect();
  client.send("PROXY TCP6 2001:db8::1 ::1 5000 80\r\n" + std::string(kLater));
  EXPECT_EQ(peer_of_the_request(server), "[2001:db8::1]:5000");
}

TEST(ProxyHandshake, AProxyThatSpeaksForItselfKeepsItsAddress) {
  TestServer server(trusting(), nullptr, {.proxy_protocol = true});
  Client client = server.connect();
  client.send("PROXY UNKNOWN\r\n" + std::string(kLater));
  EXPECT_TRUE(peer_of_the_request(server).starts_with("127.0.0.1:"));
}

TEST(ProxyHandshake, TlsFollowsTheHeader) {
  TestCertificates certificates;
  base::Settings settings = tls_settings(certificates);
  settings.trusted_proxies = {"127.0.0.1"};
  TestServer server(settings, nullptr, {.tls = true, .proxy_protocol = true},
                    tls_context(settings));
  Client socket = server.connect();
  socket.send(kHeader);
  TlsClient client(std::move(socket), certificates);
  ASSERT_TRUE(client.handshake()) << client.failure();
  client.send(kLater);
  EXPECT_EQ(peer_of_the_request(server), "192.0.2.7:5000");
}

TEST(ProxyHandshake, WithoutAHeaderTheConnectionIsClosedAndCounted) {
  TestServer server(trusting(), nullptr, {.proxy_protocol = true});
  Client client = server.connect();
  client.send(kLater);
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(server.metrics.proxy_headers_bad.get(), 1U);
  EXPECT_EQ(server.handler.requests, 0);
}

TEST(ProxyHandshake, AHeaderHasToComeInTime) {
  base::Settings settings = trusting();
  settings.header_timeout = std::chrono::milliseconds(100);
  TestServer server(settings, nullptr, {.proxy_protocol = true});
  Client client = server.connect();
  client.send(kHeader.substr(0, 20));
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(server.metrics.proxy_headers_bad.get(), 1U);
}

TEST(ProxyHandshake, AHeaderThatIsNotWholeHoldsUpNoDrain) {
  TestServer server(trusting(), nullptr, {.proxy_protocol = true});
  Client client = server.connect();
  client.send(kHeader.substr(0, 20));
  while (server.metrics.connections_open.get() == 0) server.on_loop([] {});
  server.on_loop([&] { server.server->drain(std::chrono::milliseconds(50)); });
  EXPECT_EQ(client.receive_all(), "");
}

TEST(ProxyHandshake, StrangersAreClosedAndCounted) {
  base::Settings settings;
  settings.trusted_proxies = {"10.0.0.0/8"};
  TestServer server(settings, nullptr, {.proxy_protocol = true});
  Client client = server.connect();
  client.send(std::string(kHeader) + std::string(kLater));
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(server.metrics.proxy_headers_untrusted.get(), 1U);
  EXPECT_EQ(server.metrics.connections_open.get(), 0U);
}

TEST(ProxyHandshake, AProxyThatOnlyLooksIsNoMistake) {
  TestServer server(trusting(), nullptr, {.proxy_protocol = true});
  server.connect().close();
  while (server.metrics.connections_accepted.get() == 0 ||
         server.metrics.connections_open.get() != 0) {
    server.on_loop([] {});
  }
  EXPECT_EQ(server.metrics.proxy_headers_bad.get(), 0U);
}

}  // namespace
}  // namespace weir::net::test
