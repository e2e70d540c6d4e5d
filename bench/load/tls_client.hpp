#pragma once

#include <openssl/types.h>

namespace weir::bench {

// What all TLS connections of the generator share. The server's certificate is not verified: it is
// made for the run. Sessions are neither cached nor resumed, so that every connection pays for its
// handshake, and buffers are given back while a connection is quiet, so that thousands fit.
class TlsClient {
 public:
  TlsClient();
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // A connection over `descriptor`, which stays the caller's; so does what is returned.
  SSL* connect(int descriptor, bool http2) const;

 private:
  SSL_CTX* context_;
};

}  // namespace weir::bench
