#include "client/tls.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <utility>

namespace weir::client {
namespace {

using base::Error;
using base::ErrorCode;
using base::make_error;
using base::Result;
using std::chrono::milliseconds;

/// The newest words of OpenSSL's about what went wrong on this thread.
std::string openssl_words() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? fmt::format("error {:x}", code) : reason;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> ignored;
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

// OpenSSL's own socket BIO writes by write(), which kills the process when the peer has gone.
const Socket& socket_of(BIO* bio) { return *static_cast<const Socket*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* buffer, int size) {
  BIO_clear_retry_flags(bio);
  const auto n = socket_of(bio).read_some(buffer, static_cast<std::size_t>(size));
  if (!n) return -1;
  if (*n == Socket::kWouldBlock) {
    BIO_set_retry_read(bio);
    return -1;
  }
  if (*n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(*n);
}

int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto n = socket_of(bio).write_some({bytes, static_cast<std::size_t>(size)});
  if (!n) return -1;
  if (*n == Socket::kWouldBlock) {
    BIO_set_retry_write(bio);
    return -1;
  }
  return static_cast<int>(*n);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weir socket");
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

std::string wire_form(const std::vector<std::string>& protocols) {
  std::string out;
  for (const auto& protocol : protocols) {
    out.push_back(static_cast<char>(protocol.size()));
    out += protocol;
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsOptions& options) {
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                              ::SSL_CTX_free);
  if (context == nullptr) return make_error(ErrorCode::kNetwork, "TLS: " + openssl_words());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  const auto protocols = wire_form(options.protocols);
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
  if (options.verify) {
    const bool loaded = options.ca_file.empty()
                            ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                            : SSL_CTX_load_verify_file(context.get(), options.ca_file.c_str()) == 1;
    if (!loaded) {
      return make_error(ErrorCode::kUsage, fmt::format("cannot use the certificates in {}: {}",
                                                       options.ca_file, openssl_words()));
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release(), options.verify));
}

const std::shared_ptr<const TlsContext>& TlsContext::system() {
  static const std::shared_ptr<const TlsContext> context = [] {
    auto made = make({});
    WEIR_CHECK(made.has_value(), "OpenSSL gives no context");
    return std::move(*made);
  }();
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::unique_ptr<TlsSession>> TlsSession::connect(
    const std::shared_ptr<const TlsContext>& context, const Socket& socket, const std::string& host,
    milliseconds timeout) {
  SSL* const ssl = SSL_new(context->context_);
  if (ssl == nullptr) return make_error(ErrorCode::kNetwork, "TLS: " + openssl_words());
  std::unique_ptr<TlsSession> session(new TlsSession(context, ssl));
  BIO* const bio = BIO_new(socket_method());
  BIO_set_data(bio, const_cast<Socket*>(&socket));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else {
    // What SSL_set_tlsext_host_name does, without its cast.
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
  }
  if (auto done = session->shake_hands(socket, host, timeout); !done) return done.error();
  return session;
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

Result<> TlsSession::shake_hands(const Socket& socket, const std::string& host,
                                 milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    ERR_clear_error();
    const int status = SSL_connect(ssl_);
    if (status == 1) return {};
    const int error = SSL_get_error(ssl_, status);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      const long verified = SSL_get_verify_result(ssl_);
      if (context_->verify_ && verified != X509_V_OK) {
        ERR_clear_error();
        return make_error(ErrorCode::kNetwork,
                          fmt::format("the certificate of {} is not to be trusted: {}", host,
                                      X509_verify_cert_error_string(verified)));
      }
      return failure(fmt::format("no TLS with {}", host), error);
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto ready = socket.wait(error == SSL_ERROR_WANT_WRITE, std::max(left, milliseconds(0)));
    if (!ready) return ready.error();
    if (!ready->readable && !ready->writable) {
      return make_error(ErrorCode::kNetwork,
                        fmt::format("no TLS with {}: the server was silent", host));
    }
  }
}

Error TlsSession::failure(std::string_view doing, int error) const {
  // SSL_ERROR_SYSCALL without a reason: the connection just ended.
  const bool silent = error == SSL_ERROR_SYSCALL && ERR_peek_last_error() == 0;
  return make_error(
      ErrorCode::kNetwork,
      fmt::format("{}: {}", doing, silent ? "the connection broke" : openssl_words()));
}

Result<std::size_t> TlsSession::read_some(char* buffer, std::size_t size) {
  ERR_clear_error();
  std::size_t n = 0;
  const int status = SSL_read_ex(ssl_, buffer, size, &n);
  if (status == 1) return n;
  const int error = SSL_get_error(ssl_, status);
  read_wants_write_ = error == SSL_ERROR_WANT_WRITE;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    return std::size_t{Socket::kWouldBlock};
  }
  if (error == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
  // An end without close_notify may be an attacker's: never the end of a body without a length.
  return failure("the connection broke", error);
}

Result<std::size_t> TlsSession::write_some(std::string_view bytes) {
  ERR_clear_error();
  std::size_t n = 0;
  const int status = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &n);
  if (status == 1) return n;
  const int error = SSL_get_error(ssl_, status);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    return std::size_t{Socket::kWouldBlock};
  }
  return failure("the connection broke", error);
}

bool TlsSession::pending() const { return SSL_pending(ssl_) > 0; }

std::string TlsSession::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsSession::version() const { return SSL_get_version(ssl_); }

void TlsSession::close() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
  ERR_clear_error();
}

}  // namespace weir::client
