#include "load/client_socket.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

#include "common/socket.hpp"

namespace weir::bench {
namespace {

// A failed call of OpenSSL in the words of the system: -1 with errno, or 0 at the end.
ssize_t failure(SSL* tls, int result) {
  int error = SSL_get_error(tls, result);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
  } else if (error != SSL_ERROR_SYSCALL || errno == 0 || errno == EAGAIN) {
    errno = EPROTO;
  }
  return -1;
}

}  // namespace

void ClientSocket::connect(const Target& target, in_addr_t source, bool http2) {
  descriptor_ = start_connect(target.address, source);
  if (target.tls) tls_ = target.tls->connect(descriptor_, http2);
}

ClientSocket::Progress ClientSocket::establish() {
  if (tls_ == nullptr) return Progress::kDone;
  ERR_clear_error();
  int result = SSL_do_handshake(tls_);
  if (result == 1) return Progress::kDone;
  switch (SSL_get_error(tls_, result)) {
    case SSL_ERROR_WANT_READ:
      return Progress::kWantsRead;
    case SSL_ERROR_WANT_WRITE:
      return Progress::kWantsWrite;
    default:
      return Progress::kBroken;
  }
}

bool ClientSocket::speaks_http2() const {
  if (tls_ == nullptr) return true;
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_, &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

ssize_t ClientSocket::read(char* into, size_t size) {
  if (tls_ == nullptr) return recv(descriptor_, into, size, 0);
  size_t total = 0;
  // What OpenSSL has read ahead is not reported by epoll, so it is taken to the end.
  do {
    ERR_clear_error();
    errno = 0;
    size_t got = 0;
    int result = SSL_read_ex(tls_, into + total, size - total, &got);
    if (result != 1) {
      // What ended it is told by the next call, after the bytes before it.
      return total > 0 ? static_cast<ssize_t>(total) : failure(tls_, result);
    }
    total += got;
  } while (total < size && SSL_has_pending(tls_) == 1);
  return static_cast<ssize_t>(total);
}

ssize_t ClientSocket::write(std::string_view bytes) {
  if (tls_ == nullptr) return send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  ERR_clear_error();
  errno = 0;
  size_t sent = 0;
  int result = SSL_write_ex(tls_, bytes.data(), bytes.size(), &sent);
  return result == 1 ? static_cast<ssize_t>(sent) : failure(tls_, result);
}

void ClientSocket::close() {
  if (tls_ != nullptr) SSL_free(tls_);
  tls_ = nullptr;
  if (descriptor_ >= 0) close_by_reset(descriptor_);
  descriptor_ = -1;
}

}  // namespace weir::bench
