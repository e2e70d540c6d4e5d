#include "net/tls_handshake.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "net/response_writer.hpp"
#include "net/tls_channel.hpp"

namespace weir::net {
namespace {

constexpr std::string_view kPlainHttpAnswer =
    "This port speaks HTTPS: write https:// instead of http://.\n";

/// The class of what OpenSSL has just failed with.
TlsFailure classify(int ssl_error) {
  if (ssl_error == SSL_ERROR_SYSCALL || ssl_error == SSL_ERROR_ZERO_RETURN) {
    return TlsFailure::kClosed;
  }
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return TlsFailure::kClosed;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_INAPPROPRIATE_FALLBACK:
      return TlsFailure::kNoCommonGround;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return TlsFailure::kClientCertificate;
    default:
      // An alert of the client's has its number above this.
      return reason >= SSL_AD_REASON_OFFSET ? TlsFailure::kRejected : TlsFailure::kProtocol;
  }
}

/// Whom the client's certificate names, or null.
std::shared_ptr<const std::string> subject_of(const SSL* ssl) {
  const X509* const certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return nullptr;
  const std::unique_ptr<BIO, decltype(&::BIO_free_all)> text(BIO_new(BIO_s_mem()), &::BIO_free_all);
  if (text == nullptr || X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0,
                                            XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
    return nullptr;
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return std::make_shared<const std::string>(bytes, static_cast<std::size_t>(size));
}

HttpServer::Impl::Protocol protocol_of(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2"
             ? HttpServer::Impl::Protocol::kHttp2
             : HttpServer::Impl::Protocol::kHttp1;
}

}  // namespace

TlsHandshake::TlsHandshake(HttpServer::Impl& server, Socket socket, const ConnectionOrigin& origin,
                           std::uint32_t place, std::shared_ptr<const TlsContext> context)
    : Handshake(server, std::move(socket), origin, place), context_(std::move(context)) {}

void TlsHandshake::go_on() {
  if (ssl_ == nullptr && !look_at_first_byte()) return;
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return succeed();
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  fail(classify(error));
}

/// What TLS begins with no method of HTTP does. False: nothing to go on with.
bool TlsHandshake::look_at_first_byte() {
  char first = 0;
  const ssize_t got = ::recv(socket_.descriptor(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && (would_block(errno) || errno == EINTR)) return false;
  if (got <= 0) {
    fail(TlsFailure::kClosed);
    return false;
  }
  if (first >= 'A' && first <= 'Z') {
    refuse_plain_http();
    return false;
  }
  ssl_ = context_->accept(socket_.descriptor());
  if (ssl_ == nullptr) fail(TlsFailure::kClosed);
  return ssl_ != nullptr;
}

void TlsHandshake::refuse_plain_http() {
  count(TlsFailure::kPlainHttp);
  server_->metrics.count_answer(400);
  Response response;
  response.status = 400;
  response.set("Content-Type", "text/plain; charset=utf-8");
  response.body = kPlainHttpAnswer;
  std::string answer;
  append_response_head(answer, response,
                       {.framing = Framing::kLength, .keep_alive = false, .date = server_->date});
  answer += response.body;
  const iovec piece{answer.data(), answer.size()};
  // A fresh socket takes it whole.
  socket_.send({&piece, 1});
  linger();
}

void TlsHandshake::succeed() {
  HttpMetrics& metrics = server_->metrics;
  metrics.tls_handshakes.add();
  if (SSL_session_reused(ssl_.get()) == 1) metrics.tls_resumed.add();
  origin_.secure = true;
  origin_.client_subject = subject_of(ssl_.get());
  const auto protocol = protocol_of(ssl_.get());
  const int descriptor = socket_.release().first;
  auto channel = std::make_unique<TlsChannel>(std::move(ssl_), descriptor);
  if (channel->kernel_sends()) metrics.tls_kernel.add();
  hand_over(
      server_->make_connection(protocol, Socket(descriptor, std::move(channel)), origin_, place_));
}

void TlsHandshake::fail(TlsFailure failure) {
  count(failure);
  ERR_clear_error();
  // Otherwise OpenSSL has written an alert that says why.
  if (failure == TlsFailure::kClosed) return close();
  linger();
}

void TlsHandshake::count(TlsFailure failure) {
  server_->metrics.tls_failures[static_cast<std::size_t>(failure)].add();
}

}  // namespace weir::net
