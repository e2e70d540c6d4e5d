#include "net/tls_fixture.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <fstream>

#include "net/tls_error.hpp"

namespace weir::net::test {

struct TestCertificates::Pair {
  std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &::EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&::X509_free)> certificate{X509_new(), &::X509_free};
};

namespace {

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

std::unique_ptr<TestCertificates::Pair> TestCertificates::make(const std::string& name,
                                                               const Pair* issuer) const {
  static long serial = 1;
  auto pair = std::make_unique<Pair>();
  X509* const certificate = pair->certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, pair->key.get());
  X509_NAME* const subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("Weir test"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  const Pair& from = issuer != nullptr ? *issuer : *pair;
  X509_set_issuer_name(certificate, X509_get_subject_name(from.certificate.get()));
  X509* const signer = from.certificate.get();
  if (issuer == nullptr) {
    add_extension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    add_extension(certificate, signer, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  }
  EXPECT_NE(X509_sign(certificate, from.key.get(), EVP_sha256()), 0);
  return pair;
}

TestCertificates::Files TestCertificates::save(const std::string& name, const Pair& pair) const {
  Files files{directory_ / (name + ".pem"), directory_ / (name + ".key")};
  std::FILE* file = std::fopen(files.certificate.c_str(), "w");
  PEM_write_X509(file, pair.certificate.get());
  std::fclose(file);
  file = std::fopen(files.key.c_str(), "w");
  PEM_write_PrivateKey(file, pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  return files;
}

TestCertificates::TestCertificates() {
  std::string pattern = std::filesystem::temp_directory_path() / "weir-tls-XXXXXX";
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  directory_ = pattern;
  ca_ = make("authority", nullptr);
  authority_ = save("authority", *ca_).certificate;
}

TestCertificates::~TestCertificates() { std::filesystem::remove_all(directory_); }

TestCertificates::Files TestCertificates::issue(const std::string& name) {
  return save(name, *make(name, ca_.get()));
}

TestCertificates::Files TestCertificates::self_signed(const std::string& name) {
  return save(name, *make(name, nullptr));
}

std::string TestCertificates::write(const std::string& name, std::string_view text) const {
  const std::string path = directory_ / name;
  std::ofstream(path) << text;
  return path;
}

base::Settings tls_settings(TestCertificates& certificates) {
  const auto files = certificates.issue("weir.test");
  base::Settings settings;
  settings.tls_certificate = files.certificate;
  settings.tls_key = files.key;
  return settings;
}

std::shared_ptr<const TlsContext> tls_context(const base::Settings& settings,
                                              std::shared_ptr<TlsTickets> tickets) {
  if (tickets == nullptr) tickets = std::make_shared<TlsTickets>(settings.tls_ticket_rotation);
  auto context = TlsContext::load(settings, std::move(tickets));
  EXPECT_TRUE(context) << context.error().message();
  return *context;
}

TlsClient::TlsClient(const std::string& address, const TestCertificates& certificates,
                     const TlsClientOptions& options)
    : TlsClient(Client(address, options.receive_buffer), certificates, options) {
  handshake();
}

TlsClient::TlsClient(Client socket, const TestCertificates& certificates,
                     const TlsClientOptions& options)
    : socket_(std::move(socket)), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_min_proto_version(context, options.version);
  SSL_CTX_set_max_proto_version(context, options.version);
  // So that versions that the server refuses can be offered.
  SSL_CTX_set_security_level(context, options.version < TLS1_2_VERSION ? 0 : 1);
  if (!options.ciphers.empty()) SSL_CTX_set_cipher_list(context, options.ciphers.c_str());
  SSL_CTX_load_verify_file(context, certificates.authority().c_str());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (!options.certificate.certificate.empty()) {
    SSL_CTX_use_certificate_chain_file(context, options.certificate.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context, options.certificate.key.c_str(), SSL_FILETYPE_PEM);
  }
  ssl_.reset(SSL_new(context));
  if (!options.protocols.empty()) {
    SSL_set_alpn_protos(ssl_.get(),
                        reinterpret_cast<const unsigned char*>(options.protocols.data()),
                        static_cast<unsigned int>(options.protocols.size()));
  }
  if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
  SSL_set_fd(ssl_.get(), socket_.descriptor());
}

bool TlsClient::handshake() {
  ERR_clear_error();
  connected_ = SSL_connect(ssl_.get()) == 1;
  if (!connected_) failure_ = take_tls_error();
  return connected_;
}

bool TlsClient::send(std::string_view bytes) {
  if (!connected_) return false;
  ERR_clear_error();
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool TlsClient::fill() {
  char bytes[16384];
  if (!connected_) return false;
  ERR_clear_error();
  const int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
  if (got <= 0) {
    const int error = SSL_get_error(ssl_.get(), got);
    if (error == SSL_ERROR_WANT_READ) ADD_FAILURE() << "no answer in time";
    if (error == SSL_ERROR_SSL) failure_ = take_tls_error();
    return false;
  }
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::string TlsClient::receive() {
  if (buffer_.empty()) fill();
  return std::exchange(buffer_, {});
}

std::string TlsClient::receive_until(std::string_view text) {
  for (;;) {
    const std::size_t at = buffer_.find(text);
    if (at != std::string::npos) {
      std::string taken = buffer_.substr(0, at + text.size());
      buffer_.erase(0, at + text.size());
      return taken;
    }
    if (!fill()) return std::exchange(buffer_, {});
  }
}

std::string TlsClient::receive_all() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string TlsClient::receive_answer() {
  std::string answer = receive_until("\r\n\r\n");
  const std::size_t at = answer.find("Content-Length: ");
  if (at == std::string::npos) return answer;
  const std::size_t length = std::stoul(answer.substr(at + 16));
  while (buffer_.size() < length && fill()) {
  }
  answer += buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

bool TlsClient::ended_in_order() const {
  return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

}  // namespace weir::net::test
