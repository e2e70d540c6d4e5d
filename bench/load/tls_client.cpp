#include "load/tls_client.hpp"

#include <openssl/ssl.h>

#include <string_view>

#include "common/fatal.hpp"

namespace weir::bench {

TlsClient::TlsClient() : context_(SSL_CTX_new(TLS_client_method())) {
  if (context_ == nullptr) fatal("OpenSSL gives no context");
  SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One recv() for what has come, instead of two for each record.
  SSL_CTX_set_read_ahead(context_, 1);
}

TlsClient::~TlsClient() { SSL_CTX_free(context_); }

SSL* TlsClient::connect(int descriptor, bool http2) const {
  // Names with their lengths in front (RFC 7301, section 3.1).
  constexpr std::string_view kHttp1 = "\x08http/1.1";
  constexpr std::string_view kHttp2 = "\x02h2";
  std::string_view offer = http2 ? kHttp2 : kHttp1;
  SSL* connection = SSL_new(context_);
  if (connection == nullptr || SSL_set_fd(connection, descriptor) != 1 ||
      SSL_set_alpn_protos(connection, reinterpret_cast<const unsigned char*>(offer.data()),
                          static_cast<unsigned>(offer.size())) != 0) {
    fatal("OpenSSL gives no connection");
  }
  SSL_set_connect_state(connection);
  return connection;
}

}  // namespace weir::bench
