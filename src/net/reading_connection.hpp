#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/connection.hpp"

namespace weir::net {

/// How a connection that speaks HTTP, whichever version, reads: through the shard's one buffer, at
/// most a buffer a turn of the loop, so that a client that always has more leaves the others their
/// turns. Edges tell of input once; what is left in the kernel is remembered here.
///
/// Shard thread only; see Connection.
class ReadingConnection : public Connection {
 protected:
  using Connection::Connection;

  /// Whether what comes may be read now; while this is false it waits in the kernel.
  virtual bool wants_read() const = 0;
  /// Whether our half is closed, and what comes is only to be dropped until the client has closed.
  virtual bool is_lingering() const = 0;
  /// Bytes of the client; valid during the call.
  virtual void take_input(std::string_view bytes) = 0;
  /// The client has closed its half.
  virtual void on_end_of_input() = 0;

  /// Notes what the socket has told (epoll_ctl(2)) of its input.
  void note_input(std::uint32_t events);
  /// Reads now, if there is anything to read and it is wanted.
  void read_now();
  /// Reads in a turn of its own, after the other connections'.
  void read_on();

  bool readable_ = false;  // There may be input in the kernel: the next edge need not come.
  bool hung_up_ = false;   // The client has sent all that it will.

 private:
  void read_some();
  void drop_some();

  bool reading_scheduled_ = false;
  std::size_t lingered_ = 0;  // Bytes dropped since our half was closed.
};

}  // namespace weir::net
