// HTTP under TLS: agreeing on it, refusing it, and what comes after.

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <string>

#include "net/tls_fixture.hpp"

namespace weir::net::test {
namespace {

constexpr std::string_view kEcho = "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n";

std::uint64_t failures(const TestServer& server, TlsFailure failure) {
  return server.metrics.tls_failures[static_cast<std::size_t>(failure)].get();
}

class Tls : public testing::Test {
 protected:
  Tls() : settings_(tls_settings(certificates_)) {}

  std::unique_ptr<TestServer> serve() {
    return std::make_unique<TestServer>(settings_, nullptr, ListenerOptions{.tls = true},
                                        tls_context(settings_, tickets_));
  }
  /// Waits until the server has counted it.
  static void expect_failure(TestServer& server, TlsFailure failure) {
    for (int i = 0; i < 100'000 && failures(server, failure) == 0; ++i) server.on_loop([] {});
    EXPECT_EQ(failures(server, failure), 1U) << name_of(failure);
    for (std::size_t other = 0; other < kTlsFailures; ++other) {
      if (other != static_cast<std::size_t>(failure)) {
        EXPECT_EQ(server.metrics.tls_failures[other].get(), 0U)
            << name_of(static_cast<TlsFailure>(other));
      }
    }
  }

  TestCertificates certificates_;
  base::Settings settings_;
  std::shared_ptr<TlsTickets> tickets_ = std::make_shared<TlsTickets>(std::chrono::hours(12));
};

TEST_F(Tls, RequestsAreAnsweredUnderBothVersions) {
  const auto server = serve();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server->address, certificates_, {.version = version});
    ASSERT_TRUE(client.connected()) << client.failure();
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(client.send(kEcho));
      EXPECT_EQ(body_of(client.receive_answer()), "/echo");
    }
  }
  EXPECT_EQ(server->metrics.tls_handshakes.get(), 2U);
  EXPECT_EQ(server->metrics.tls_resumed.get(), 0U);
}

TEST_F(Tls, ARequestSaysThatItCameUnderTls) {
  const auto server = serve();
  TlsClient client(server->address, certificates_);
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server->handler.requests == 0) server->on_loop([] {});
  server->on_loop([&] {
    EXPECT_TRUE(server->handler.waiting.at(0)->head().secure);
    EXPECT_EQ(server->handler.waiting.at(0)->head().client_subject, "");
    EXPECT_TRUE(server->handler.waiting.at(0)->head().peer.starts_with("127.0.0.1:"));
  });
}

TEST_F(Tls, PipelinedRequestsAndLargeBodiesPassWhole) {
  const auto server = serve();
  TlsClient client(server->address, certificates_);
  const std::string body(300'000, 'b');
  std::string requests;
  for (int i = 0; i < 3; ++i) {
    requests += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + body;
  }
  std::thread sender([&] { client.send(requests); });
  sender.join();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(body_of(client.receive_answer()), body);
}

TEST_F(Tls, AnAnswerLargerThanTheSocketArrivesWhole) {
  const auto server = serve();
  TlsClient client(server->address, certificates_, {.receive_buffer = 4096});
  client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string answer = client.receive_answer();
  EXPECT_EQ(body_of(answer), std::string(8 << 20, 'x'));
  client.send(kEcho);
  EXPECT_EQ(body_of(client.receive_answer()), "/echo") << "the connection goes on";
}

TEST_F(Tls, AConnectionEndsInOrder) {
  const auto server = serve();
  TlsClient client(server->address, certificates_);
  client.send("GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(client.receive_all().find("/echo"), std::string::npos);
  EXPECT_TRUE(client.ended_in_order());
}

TEST_F(Tls, AnEndThatFollowsTheRequestAtOnceDoesNotKeepTheAnswer) {
  const auto server = serve();
  TlsClient client(server->address, certificates_);
  client.send(kEcho);
  client.finish();
  EXPECT_EQ(body_of(client.receive_answer()), "/echo");
  EXPECT_EQ(client.receive(), "");
  EXPECT_TRUE(client.ended_in_order());
  while (server->metrics.connections_open.get() != 0) server->on_loop([] {});
}

TEST_F(Tls, AnIdleConnectionEndsInOrder) {
  settings_.idle_timeout = std::chrono::milliseconds(100);
  const auto server = serve();
  TlsClient client(server->address, certificates_);
  client.send(kEcho);
  client.receive_answer();
  EXPECT_EQ(client.receive(), "");
  EXPECT_TRUE(client.ended_in_order());
}

TEST_F(Tls, ASessionIsResumedByAnyServerWithTheKeys) {
  const auto first = serve();
  const auto second = serve();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(first->address, certificates_, {.version = version});
    client.send(kEcho);
    client.receive_answer();  // Tickets of TLS 1.3 come before the first answer.
    SSL_SESSION* const session = SSL_get1_session(client.ssl());
    ASSERT_EQ(SSL_SESSION_is_resumable(session), 1);
    const std::uint64_t before = second->metrics.tls_resumed.get();
    TlsClient again(second->address, certificates_, {.version = version, .session = session});
    again.send(kEcho);
    EXPECT_EQ(body_of(again.receive_answer()), "/echo");
    EXPECT_EQ(SSL_session_reused(again.ssl()), 1);
    EXPECT_EQ(second->metrics.tls_resumed.get(), before + 1);
    SSL_SESSION_free(session);
  }
}

TEST_F(Tls, ATicketOfAnotherServerIsAFullHandshake) {
  const auto first = serve();
  TlsClient client(first->address, certificates_);
  client.send(kEcho);
  client.receive_answer();
  SSL_SESSION* const session = SSL_get1_session(client.ssl());
  tickets_ = std::make_shared<TlsTickets>(std::chrono::hours(12));
  const auto other = serve();
  TlsClient again(other->address, certificates_, {.session = session});
  again.send(kEcho);
  EXPECT_EQ(body_of(again.receive_answer()), "/echo");
  EXPECT_EQ(other->metrics.tls_resumed.get(), 0U);
  SSL_SESSION_free(session);
}

TEST_F(Tls, ATicketOutlivesNoChangeOfTheClientAuthorities) {
  settings_.tls_client_ca = certificates_.authority();
  settings_.tls_client_verify = "required";
  const auto first = serve();
  const TlsClientOptions options{.certificate = certificates_.issue("alice")};
  TlsClient client(first->address, certificates_, options);
  client.send(kEcho);
  ASSERT_EQ(body_of(client.receive_answer()), "/echo");
  SSL_SESSION* const session = SSL_get1_session(client.ssl());

  settings_.tls_client_ca = certificates_.self_signed("other authority").certificate;
  const auto second = serve();
  TlsClientOptions resuming = options;
  resuming.session = session;
  TlsClient again(second->address, certificates_, resuming);
  again.send(kEcho);
  EXPECT_EQ(again.receive(), "");
  SSL_SESSION_free(session);
  expect_failure(*second, TlsFailure::kClientCertificate);
}

TEST_F(Tls, PlainHttpIsToldSoInPlainText) {
  const auto server = serve();
  for (const char* method : {"GET", "DELETE"}) {
    Client client = server->connect();
    client.send(std::string(method) + " / HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string answer = client.receive_all();
    EXPECT_EQ(status_of(answer), 400);
    EXPECT_NE(answer.find("Content-Type: text/plain"), std::string::npos);
    EXPECT_NE(body_of(answer).find("https://"), std::string::npos);
  }
  EXPECT_EQ(failures(*server, TlsFailure::kPlainHttp), 2U);
}

TEST_F(Tls, WhatIsNeitherIsCountedAsProtocol) {
  const auto server = serve();
  Client client = server->connect();
  client.send(std::string("\x16\x03\x01\xff\xff", 5) + std::string(100, '\0'));
  client.receive_all();
  expect_failure(*server, TlsFailure::kProtocol);
}

TEST_F(Tls, ClientsWithoutCommonGroundAreCounted) {
  settings_.tls_min_version = "1.3";
  const auto server = serve();
  TlsClient old(server->address, certificates_, {.version = TLS1_2_VERSION});
  EXPECT_FALSE(old.connected());
  expect_failure(*server, TlsFailure::kNoCommonGround);
}

TEST_F(Tls, VersionsBefore12AreNotSpoken) {
  const auto server = serve();
  TlsClient old(server->address, certificates_, {.version = TLS1_1_VERSION});
  EXPECT_FALSE(old.connected());
  expect_failure(*server, TlsFailure::kNoCommonGround);
}

TEST_F(Tls, SuitesWithoutForwardSecrecyAreNotSpoken) {
  const auto server = serve();
  TlsClient old(server->address, certificates_,
                {.version = TLS1_2_VERSION, .ciphers = "AES128-SHA:ECDHE-ECDSA-AES128-SHA"});
  EXPECT_FALSE(old.connected());
  expect_failure(*server, TlsFailure::kNoCommonGround);
}

TEST_F(Tls, TheProtocolIsAgreedOnByAlpn) {
  const auto server = serve();
  TlsClient client(server->address, certificates_, {.protocols = "\x02h2\x08http/1.1"});
  ASSERT_TRUE(client.connected());
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(client.ssl(), &name, &size);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(name), size), "h2");
  TlsClient old(server->address, certificates_, {.protocols = "\x08http/1.1"});
  ASSERT_TRUE(old.connected());
  SSL_get0_alpn_selected(old.ssl(), &name, &size);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(name), size), "http/1.1");
  TlsClient other(server->address, certificates_, {.protocols = "\x04smtp"});
  EXPECT_FALSE(other.connected()) << "another protocol is not answered in HTTP";
  expect_failure(*server, TlsFailure::kNoCommonGround);
}

TEST_F(Tls, AClientThatDoesNotTrustTheServerIsCounted) {
  TestCertificates strangers;
  const auto server = serve();
  TlsClient client(server->address, strangers);
  EXPECT_FALSE(client.connected());
  client.socket().close();
  expect_failure(*server, TlsFailure::kRejected);
}

TEST_F(Tls, AHandshakeThatStopsIsEndedInTime) {
  settings_.header_timeout = std::chrono::milliseconds(100);
  const auto server = serve();
  Client silent = server->connect();
  EXPECT_EQ(silent.receive(), "");
  expect_failure(*server, TlsFailure::kTimeout);
}

TEST_F(Tls, AConnectionThatGoesBeforeTheHandshakeIsCounted) {
  const auto server = serve();
  server->connect().close();
  expect_failure(*server, TlsFailure::kClosed);
  while (server->metrics.connections_open.get() != 0) server->on_loop([] {});
}

TEST_F(Tls, RenegotiationIsRefused) {
  const auto server = serve();
  TlsClient client(server->address, certificates_, {.version = TLS1_2_VERSION});
  client.send(kEcho);
  client.receive_answer();
  ERR_clear_error();
  SSL_renegotiate(client.ssl());
  EXPECT_LE(SSL_do_handshake(client.ssl()), 0);
}

TEST_F(Tls, TheClientsCertificateNamesItsSubject) {
  settings_.tls_client_ca = certificates_.authority();
  settings_.tls_client_verify = "optional";
  const auto server = serve();
  TlsClient named(server->address, certificates_,
                  {.certificate = certificates_.issue("zoë, the client")});
  named.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server->handler.requests == 0) server->on_loop([] {});
  server->on_loop([&] {
    EXPECT_EQ(server->handler.waiting.at(0)->head().client_subject,
              "CN=zoë\\, the client,O=Weir test");
  });
  TlsClient unnamed(server->address, certificates_);
  unnamed.send(kEcho);
  EXPECT_EQ(body_of(unnamed.receive_answer()), "/echo");
}

TEST_F(Tls, ACertificateThatIsNotValidIsRefusedEvenWhereNoneIsNeeded) {
  settings_.tls_client_ca = certificates_.authority();
  settings_.tls_client_verify = "optional";
  const auto server = serve();
  TlsClient client(server->address, certificates_,
                   {.certificate = certificates_.self_signed("stranger")});
  client.send(kEcho);
  EXPECT_EQ(client.receive(), "");
  EXPECT_NE(client.failure().find("alert"), std::string::npos) << client.failure();
  expect_failure(*server, TlsFailure::kClientCertificate);
}

TEST_F(Tls, WhereACertificateIsRequiredThereIsNoConnectionWithoutOne) {
  settings_.tls_client_ca = certificates_.authority();
  settings_.tls_client_verify = "required";
  const auto server = serve();
  TlsClient client(server->address, certificates_);
  client.send(kEcho);
  EXPECT_EQ(client.receive(), "");
  EXPECT_NE(client.failure().find("certificate required"), std::string::npos) << client.failure();
  expect_failure(*server, TlsFailure::kClientCertificate);
}

TEST_F(Tls, ANewCertificateIsForNewConnectionsOnly) {
  const auto server = serve();
  const auto name_of_server = [](TlsClient& client) {
    char name[100] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(client.ssl())),
                              NID_commonName, name, 100);
    return std::string(name);
  };
  TlsClient before(server->address, certificates_);
  EXPECT_EQ(name_of_server(before), "weir.test");
  const auto files = certificates_.issue("renewed");
  settings_.tls_certificate = files.certificate;
  settings_.tls_key = files.key;
  server->on_loop([&] { server->server->use_tls(tls_context(settings_, tickets_)); });
  TlsClient after(server->address, certificates_);
  EXPECT_EQ(name_of_server(after), "renewed");
  before.send(kEcho);
  EXPECT_EQ(body_of(before.receive_answer()), "/echo");
}

TEST_F(Tls, OneConnectionTooManyIsToldSoUnderTls) {
  settings_.connections_max = 1;
  const auto server = serve();
  TlsClient first(server->address, certificates_);
  first.send(kEcho);
  first.receive_answer();
  TlsClient second(server->address, certificates_);
  EXPECT_EQ(status_of(second.receive_answer()), 503);
}

TEST_F(Tls, DrainingEndsIdleConnectionsAndAnswersOthers) {
  const auto server = serve();
  TlsClient idle(server->address, certificates_);
  idle.send(kEcho);
  idle.receive_answer();
  TlsClient waiting(server->address, certificates_);
  waiting.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server->handler.waiting.empty()) server->on_loop([] {});
  Client silent = server->connect();
  server->on_loop([&] { server->server->drain(); });
  EXPECT_EQ(idle.receive(), "");
  EXPECT_EQ(silent.receive(), "");
  server->on_loop([&] {
    Response response;
    response.body = "at last";
    server->handler.waiting.at(0)->respond(std::move(response));
  });
  EXPECT_EQ(body_of(waiting.receive_answer()), "at last");
  EXPECT_EQ(waiting.receive(), "");
}

TEST_F(Tls, DrainingWithAGraceAnswersTheNextRequestOfAnIdleConnection) {
  const auto server = serve();
  TlsClient idle(server->address, certificates_);
  idle.send(kEcho);
  idle.receive_answer();
  server->on_loop([&] { server->server->drain(std::chrono::minutes(1)); });
  idle.send(kEcho);
  const std::string answer = idle.receive_answer();
  EXPECT_EQ(body_of(answer), "/echo");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(idle.receive(), "");
}

TEST_F(Tls, ARequestThatCameWhileTheShardWasBusyIsAnsweredAfterTheGrace) {
  const auto server = serve();
  TlsClient idle(server->address, certificates_);
  idle.send(kEcho);
  idle.receive_answer();
  TlsClient silent(server->address, certificates_);
  server->on_loop([&] {
    server->server->drain(std::chrono::milliseconds(1));
    idle.send(kEcho);
    // Busy until the grace is over by far.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
    while (std::chrono::steady_clock::now() < end) {
    }
  });
  EXPECT_EQ(body_of(idle.receive_answer()), "/echo");
  EXPECT_EQ(silent.receive(), "") << "nothing came from this one";
}

}  // namespace
}  // namespace weir::net::test
