#include "net/tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "net/socket_calls.hpp"

namespace weir::net {
namespace {

constexpr std::size_t kRecordBytesMax = SSL3_RT_MAX_PLAIN_LENGTH;

/// The pieces as one text after another, each of at most a record: small pieces are put together,
/// because a record costs a call and 22 bytes.
class Records {
 public:
  explicit Records(std::span<const iovec> pieces) : pieces_(pieces) {}

  /// Empty when nothing is left. Valid until the next call on this thread.
  std::string_view next() {
    skip_empty();
    if (pieces_.empty()) return {};
    const std::size_t left = pieces_[0].iov_len - offset_;
    if (left >= kRecordBytesMax || pieces_.size() == 1) {
      const std::string_view text(static_cast<const char*>(pieces_[0].iov_base) + offset_,
                                  std::min(left, kRecordBytesMax));
      offset_ += text.size();
      return text;
    }
    // One a thread: what is put together is gone with the call that took it.
    static thread_local std::array<char, kRecordBytesMax> together;
    std::size_t size = 0;
    while (size < together.size() && !pieces_.empty()) {
      const std::size_t some = std::min(pieces_[0].iov_len - offset_, together.size() - size);
      if (some > 0) {
        std::memcpy(together.data() + size, static_cast<const char*>(pieces_[0].iov_base) + offset_,
                    some);
      }
      size += some;
      offset_ += some;
      skip_empty();
    }
    return {together.data(), size};
  }

 private:
  void skip_empty() {
    while (!pieces_.empty() && offset_ == pieces_[0].iov_len) {
      pieces_ = pieces_.subspan(1);
      offset_ = 0;
    }
  }

  std::span<const iovec> pieces_;
  std::size_t offset_ = 0;
};

/// errno for what stopped a call; clears OpenSSL's queue, which the next call would trip over.
int errno_of(int ssl_error) {
  const int system_error = errno;
  ERR_clear_error();
  switch (ssl_error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return EAGAIN;
    case SSL_ERROR_SYSCALL:
      return system_error != 0 && !would_block(system_error) ? system_error : ECONNRESET;
    default:
      return EPROTO;
  }
}

}  // namespace

TlsChannel::TlsChannel(SslPointer ssl, int descriptor)
    : ssl_(std::move(ssl)),
      descriptor_(descriptor),
      kernel_sends_(BIO_get_ktls_send(SSL_get_wbio(ssl_.get()))) {}

ssize_t TlsChannel::receive(std::span<char> buffer) {
  std::size_t total = 0;
  while (total < buffer.size()) {
    std::size_t got = 0;
    errno = 0;
    const int result = SSL_read_ex(ssl_.get(), buffer.data() + total, buffer.size() - total, &got);
    if (result == 1) {
      total += got;
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    const int number = error == SSL_ERROR_ZERO_RETURN ? 0 : errno_of(error);
    over_ = over_ || !would_block(number);
    // What came before an end is delivered before it is told: the next call meets it again.
    if (total > 0 || number == 0) break;
    errno = number;
    return -1;
  }
  return static_cast<ssize_t>(total);
}

std::size_t TlsChannel::input_bytes() const {
  const auto pending = static_cast<std::size_t>(SSL_pending(ssl_.get()));
  return pending > 0 || !over_ ? pending : 1;
}

ssize_t TlsChannel::send_record(std::string_view text) {
  std::size_t taken = 0;
  errno = 0;
  const int result = SSL_write_ex(ssl_.get(), text.data(), text.size(), &taken);
  if (result == 1) return static_cast<ssize_t>(taken);
  errno = errno_of(SSL_get_error(ssl_.get(), result));
  return -1;
}

ssize_t TlsChannel::send(std::span<const iovec> pieces) {
  if (kernel_sends_) return send_pieces(descriptor_, pieces);
  if (retains()) {
    errno = EAGAIN;
    return -1;
  }
  std::size_t total = 0;
  Records records(pieces);
  for (std::string_view text = records.next(); !text.empty(); text = records.next()) {
    while (!text.empty()) {
      const ssize_t taken = send_record(text);
      if (taken < 0) {
        if (!would_block(errno)) return total > 0 ? static_cast<ssize_t>(total) : -1;
        // OpenSSL has encrypted it and wants to be given the same again: from here on it is ours.
        retained_ = text;
        return static_cast<ssize_t>(total + text.size());
      }
      total += static_cast<std::size_t>(taken);
      text.remove_prefix(static_cast<std::size_t>(taken));
    }
  }
  return static_cast<ssize_t>(total);
}

int TlsChannel::flush() {
  while (!retained_.empty()) {
    const ssize_t taken = send_record(retained_);
    if (taken < 0) return -1;
    retained_.erase(0, static_cast<std::size_t>(taken));
  }
  retained_ = {};  // Its memory, too.
  retained_.shrink_to_fit();
  return 0;
}

void TlsChannel::finish_sending() {
  if (finished_ || flush() != 0) return;
  finished_ = true;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace weir::net
