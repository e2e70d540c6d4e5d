#pragma once

// Certificates made on the spot, and a client that speaks TLS.

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/settings.hpp"
#include "net/server_fixture.hpp"
#include "net/tls_context.hpp"

namespace weir::net::test {

/// A directory with a certificate authority and what it has issued, gone at the end.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  struct Files {
    std::string certificate;
    std::string key;
  };
  /// A certificate of this authority's for 127.0.0.1, with that common name.
  Files issue(const std::string& name);
  /// An authority of its own, as a file; what it has issued is not valid here.
  Files self_signed(const std::string& name);
  std::string write(const std::string& name, std::string_view text) const;
  const std::string& authority() const { return authority_; }

 private:
  struct Pair;
  std::unique_ptr<Pair> make(const std::string& name, const Pair* issuer) const;
  Files save(const std::string& name, const Pair& pair) const;

  std::filesystem::path directory_;
  std::unique_ptr<Pair> ca_;
  std::string authority_;
};

/// Settings with a certificate of `issue("weir.test")`.
base::Settings tls_settings(TestCertificates& certificates);
/// Loads, and fails the test where it cannot.
std::shared_ptr<const TlsContext> tls_context(const base::Settings& settings,
                                              std::shared_ptr<TlsTickets> tickets = nullptr);

/// How a client comes.
struct TlsClientOptions {
  int version = TLS1_3_VERSION;
  std::string ciphers = {};    ///< Of TLS 1.2.
  std::string protocols = {};  ///< ALPN, in its wire form.
  TestCertificates::Files certificate = {};
  SSL_SESSION* session = nullptr;
  int receive_buffer = 0;
};

/// A blocking client under TLS, over a blocking socket; like Client.
class TlsClient {
 public:
  TlsClient(const std::string& address, const TestCertificates& certificates,
            const TlsClientOptions& options = {});
  /// On a connected socket; `connect` tells by whom.
  TlsClient(Client socket, const TestCertificates& certificates,
            const TlsClientOptions& options = {});

  /// False, and `failure` says why, where the handshake did not succeed.
  bool handshake();
  bool connected() const { return connected_; }
  const std::string& failure() const { return failure_; }

  bool send(std::string_view bytes);
  /// One read: empty at the end or on an error.
  std::string receive();
  std::string receive_until(std::string_view text);
  std::string receive_all();
  std::string receive_answer();
  /// Whether the last read met close_notify, and not only the end of the connection.
  bool ended_in_order() const;
  /// Sends close_notify.
  void finish() { SSL_shutdown(ssl_.get()); }
  SSL* ssl() { return ssl_.get(); }
  Client& socket() { return socket_; }

 private:
  bool fill();

  struct ContextDelete {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  Client socket_;
  std::unique_ptr<SSL_CTX, ContextDelete> context_;
  SslPointer ssl_;
  std::string buffer_;
  std::string failure_;
  bool connected_ = false;
};

}  // namespace weir::net::test
