#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

namespace weir::net {

/// What stands between a connection and its socket's bytes: TLS. Without one the bytes are the
/// socket's own. Works on the socket's descriptor, which it does not own.
///
/// Results are those of recv(2) and sendmsg(2): -1 with errno, EAGAIN where the socket has to
/// become ready first. A channel may have to write in order to read, and the other way round;
/// whoever hears of an edge of either kind therefore tries what it was waiting for. Shard thread
/// only.
class Channel {
 public:
  virtual ~Channel() = default;

  /// Reads until the buffer is full or nothing is left, so that fewer bytes than fit mean what they
  /// mean on a socket. 0: the other side has ended.
  virtual ssize_t receive(std::span<char> buffer) = 0;
  /// Bytes that have been taken from the socket and not yet from here, of which no edge will tell;
  /// an end that was met and not yet told counts as one. So many can be received without a look at
  /// the socket: the rest of a record.
  virtual std::size_t input_bytes() const = 0;

  /// Takes bytes, as many as it can. What it has taken is the channel's: a record that the socket
  /// did not take whole is kept here (`retains`), and nothing more is taken until `flush` has
  /// passed it on.
  virtual ssize_t send(std::span<const iovec> pieces) = 0;
  virtual bool retains() const = 0;
  /// 0: nothing is retained any more; -1 with errno.
  virtual int flush() = 0;

  /// Tells the other side, once, that nothing follows (TLS: close_notify), as far as the socket
  /// takes it.
  virtual void finish_sending() = 0;
};

}  // namespace weir::net
