#pragma once

// For tests only: a TLS server on a free port of the loopback, with a certificate made on the spot.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "client/url.hpp"

namespace weir::client {

/// A self-signed certificate that is its own authority.
class TestCertificate {
 public:
  /// `names` as OpenSSL writes them: "IP:127.0.0.1,DNS:localhost". A negative life has ended.
  explicit TestCertificate(const std::string& names = "IP:127.0.0.1,DNS:localhost",
                           long seconds_of_life = 3600)
      : key_(EVP_EC_gen("P-256"), ::EVP_PKEY_free), certificate_(X509_new(), ::X509_free) {
    X509* const x = certificate_.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x), seconds_of_life);
    X509_set_pubkey(x, key_.get());
    X509_NAME* const name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("weir test"), -1, -1, 0);
    X509_set_issuer_name(x, name);
    add(NID_basic_constraints, "critical,CA:TRUE");
    add(NID_subject_alt_name, names);
    EXPECT_GT(X509_sign(x, key_.get(), EVP_sha256()), 0);
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-tls-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    FILE* const file = std::fopen(file_name().c_str(), "w");
    PEM_write_X509(file, x);
    std::fclose(file);
  }
  ~TestCertificate() { std::filesystem::remove_all(directory_); }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  /// PEM.
  std::string file_name() const { return directory_ + "/ca.pem"; }
  X509* x509() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

 private:
  void add(int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate_.get(), certificate_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    EXPECT_NE(extension, nullptr) << value;
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&::X509_free)> certificate_;
  std::string directory_;
};

/// The server's end of one TLS connection.
class TlsTestPeer {
 public:
  TlsTestPeer(SSL* ssl, int descriptor) : ssl_(ssl), descriptor_(descriptor) {
    SSL_set_fd(ssl_, descriptor_);
    greeted_ = SSL_accept(ssl_) == 1;
  }
  ~TlsTestPeer() {
    SSL_free(ssl_);
    ::close(descriptor_);
  }
  TlsTestPeer(const TlsTestPeer&) = delete;
  TlsTestPeer& operator=(const TlsTestPeer&) = delete;

  bool greeted() const { return greeted_; }
  /// The name that the client asked for (SNI); "" if none.
  std::string server_name() const {
    const char* const name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }
  std::string read_head() {
    std::string text;
    char buffer[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const int n = SSL_read(ssl_, buffer, sizeof buffer);
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }
  void write(std::string_view text) {
    if (!text.empty()) SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
  }
  void say_goodbye() { SSL_shutdown(ssl_); }

 private:
  SSL* ssl_;
  int descriptor_;
  bool greeted_ = false;
};

class TlsTestServer {
 public:
  using Script = std::function<void(TlsTestPeer&)>;

  /// Plays the scripts in order, one for each connection whose handshake succeeds or fails.
  TlsTestServer(const TestCertificate& certificate, std::vector<Script> scripts,
                int version_max = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_server_method()), ::SSL_CTX_free),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::signal(SIGPIPE, SIG_IGN);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_use_certificate(context_.get(), certificate.x509());
    SSL_CTX_use_PrivateKey(context_.get(), certificate.key());
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, scripts = std::move(scripts)] {
      for (const Script& script : scripts) {
        pollfd entry{listener_, POLLIN, 0};
        if (::poll(&entry, 1, 10'000) != 1) break;
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const timeval patience{10, 0};
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        TlsTestPeer peer(SSL_new(context_.get()), descriptor);
        script(peer);
      }
      ::close(listener_);
    });
  }
  ~TlsTestServer() { join(); }
  TlsTestServer(const TlsTestServer&) = delete;
  TlsTestServer& operator=(const TlsTestServer&) = delete;

  void join() {
    if (thread_.joinable()) thread_.join();
  }
  std::uint16_t port() const { return port_; }
  Url url(const std::string& host = "127.0.0.1", std::string_view target = "/") const {
    return *parse_url("https://" + host + ":" + std::to_string(port_) + std::string(target));
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_;
  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace weir::client
