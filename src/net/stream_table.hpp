#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "net/edge_poll.hpp"
#include "net/socket.hpp"

namespace weir::net {

/// A stream's place in its shard's table.
using StreamId = PlaceKey;

/// The owner's own number for a stream, handed back with every event of it.
using StreamOwner = std::uint64_t;

/// What becomes of the bytes that a stream's client sends.
enum class Incoming : std::uint8_t {
  kDropped,    ///< An event stream: the client has nothing to say.
  kDelivered,  ///< `StreamObserver::on_data`.
};

/// What a stream tells its owner. Shard thread; must not throw. The owner may write to or close any
/// stream of the table from within.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  /// The stream takes bytes again, and what was left of a frame has been sent.
  virtual void on_writable(StreamId stream, StreamOwner owner) = 0;
  /// The client has gone or the connection broke; the stream's place is free after this call.
  virtual void on_closed(StreamId stream, StreamOwner owner) = 0;
  /// Bytes of the client, in order; valid during the call.
  virtual void on_data(StreamId stream, StreamOwner owner, std::string_view bytes) {
    (void)stream;
    (void)owner;
    (void)bytes;
  }
};

/// Carries streams that have no socket of their own: the connection of many HTTP/2 streams. It
/// tells the table what happens to them by the table's `carrier_…` calls, never from within a call
/// of the table to it. Outlives its streams in the table.
class StreamCarrier {
 public:
  using Key = std::uint32_t;  ///< The carrier's own number for a stream.

  virtual ~StreamCarrier() = default;
  /// As send_pieces: bytes taken, which may be fewer than there are, or -1 with EAGAIN (flow
  /// control or a full socket) or another errno (the stream is over). What was taken is sent by the
  /// end of the loop's turn without a further call.
  virtual ssize_t send(Key key, std::span<const iovec> pieces) = 0;
  /// Ends the stream after what was taken, or at once. No report follows.
  virtual void close(Key key) = 0;
  virtual void reset(Key key) = 0;
  /// Whether bytes of the client are wanted now: withholds flow control's credit.
  virtual void want_input(Key key, bool wanted) = 0;
  /// Who is at the other end; nothing for a UNIX socket.
  virtual std::optional<base::IpAddress> peer() const = 0;
};

/// A shard's streams once their handshake is over. A subscriber is then a descriptor and a few
/// words in a dense array here: no object, no handler, no buffer. One EdgePoll watches the sockets
/// (docs/decisions/parked-streams.md gives the figures against a handler per socket). A stream
/// under TLS has its channel besides, and one of HTTP/2 its carrier instead of a socket.
///
/// Nothing is queued. A write that does not fit is taken in part; the caller keeps what remains of
/// the frame that was cut (`keep_tail`) and drops the rest: it is in the log.
class StreamTable {
 public:
  enum class WriteStatus { kDone, kBlocked, kClosed };
  struct Written {
    WriteStatus status = WriteStatus::kDone;
    std::size_t bytes = 0;  ///< Taken.
  };

  /// `observer` must outlive the table. Sockets that are open are also counted in `*total`, where
  /// given: the process's count of connections, to which every shard's HttpServer and StreamTable
  /// add.
  explicit StreamTable(StreamObserver& observer, std::atomic<std::uint64_t>* total = nullptr);
  ~StreamTable();
  StreamTable(const StreamTable&) = delete;
  StreamTable& operator=(const StreamTable&) = delete;

  /// Takes over a connected, non-blocking socket.
  StreamId adopt(Socket socket, StreamOwner owner, Incoming incoming = Incoming::kDropped);
  /// Takes in a stream of the carrier's.
  StreamId adopt(StreamCarrier& carrier, StreamCarrier::Key key, StreamOwner owner);

  /// One gathered write. A stream that is blocked takes nothing and stays kBlocked until
  /// `on_writable`; kBlocked with all of the bytes taken is possible. kClosed: the stream broke;
  /// `on_closed` follows from `poll`, not from within this call.
  Written write(StreamId stream, std::span<const iovec> pieces);

  /// After a write that was cut inside a frame: `rest` is sent before `on_writable` is called.
  /// `keeper` keeps the bytes alive. On a stream that has a tail already, `rest` goes behind it.
  void keep_tail(StreamId stream, std::shared_ptr<const void> keeper, std::string_view rest);
  bool blocked(StreamId stream) const;

  /// The address at the other end of the stream's connection; nothing for a UNIX socket, or one
  /// that has gone. Asks the kernel.
  std::optional<base::IpAddress> peer(StreamId stream) const;
  /// Whether it is carried by a connection of many.
  bool carried(StreamId stream) const;

  /// Input that was read before the stream was adopted: delivered first, not from within this call.
  void keep_input(StreamId stream, std::string bytes);
  /// Stops delivering input, which then waits with the client, and goes on with it, from `poll`.
  void pause_input(StreamId stream);
  void resume_input(StreamId stream);

  /// Ends a stream: in order (what was taken is still delivered) or by reset, which also frees
  /// what a reader who does not read has piled up in the kernel. No `on_closed` follows.
  void close(StreamId stream);
  void reset(StreamId stream);

  /// Handles what the sockets have to tell; called by the event loop when `descriptor()` is
  /// readable.
  void poll();
  /// To be watched for readability.
  int descriptor() const { return edges_.descriptor(); }

  // What a carrier tells of its streams.
  void carrier_writable(StreamId stream);
  void carrier_data(StreamId stream, std::string_view bytes);
  void carrier_closed(StreamId stream);

  std::size_t size() const { return size_; }
  /// Those of them that are sockets: connections of their own.
  std::size_t sockets() const { return sockets_; }
  /// Closed streams whose last bytes their channels still retain; counted in `size`, too.
  std::size_t ending() const { return ending_; }
  bool contains(StreamId stream) const;

 private:
  struct Extra;
  struct Slot;

  StreamId take_place(StreamOwner owner);
  Slot* find(StreamId stream);
  const Slot* find(StreamId stream) const;
  Extra& extra(Slot& slot);
  ssize_t send(const Slot& slot, std::span<const iovec> pieces);
  void handle(StreamId stream, std::uint32_t events);
  bool read_input(StreamId stream, bool to_the_end);
  bool has_input(StreamId stream) const;
  bool deliver_early(StreamId stream);
  void end_later(StreamId stream);
  void go_on_ending(StreamId stream, std::uint32_t events);
  bool send_tail(Slot& slot);
  void fail(Slot& slot);
  void tell_closed(StreamId stream);
  void release(std::uint32_t index);

  StreamObserver& observer_;
  std::atomic<std::uint64_t> own_total_{0};
  std::atomic<std::uint64_t>* total_;
  EdgePoll edges_;
  std::size_t size_ = 0;
  std::size_t sockets_ = 0;
  std::size_t ending_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<StreamId> unwatched_;  // Streams that epoll did not take; told gone by the next poll.
  std::vector<char> read_buffer_;    // Of one read; made when a stream first delivers input.
};

}  // namespace weir::net
