#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "net/edge_poll.hpp"

namespace weir::net {

/// A stream's place in its shard's table.
using StreamId = PlaceKey;

/// The owner's own number for a stream, handed back with every event of it.
using StreamOwner = std::uint64_t;

/// What a stream tells its owner. Shard thread; must not throw. The owner may write to or close any
/// stream of the table from within.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  /// The socket takes bytes again, and what was left of a frame has been sent.
  virtual void on_writable(StreamId stream, StreamOwner owner) = 0;
  /// The client has gone or the connection broke; the stream's place is free after this call.
  virtual void on_closed(StreamId stream, StreamOwner owner) = 0;
};

/// The sockets of a shard's event streams. Once its handshake is over a subscriber is a descriptor
/// and a few words in a dense array here: no object, no handler, no buffer. One EdgePoll watches
/// them all (docs/decisions/parked-streams.md gives the figures against a handler per socket).
///
/// Nothing is queued. A write that does not fit is taken in part; the caller keeps what remains of
/// the frame that was cut (`keep_tail`) and drops the rest: it is in the log.
class StreamTable {
 public:
  enum class WriteStatus { kDone, kBlocked, kClosed };
  struct Written {
    WriteStatus status = WriteStatus::kDone;
    std::size_t bytes = 0;  ///< Taken by the socket.
  };

  /// `observer` must outlive the table. Streams that are open are also counted in `*total`, where
  /// given: the process's count of connections, to which every shard's HttpServer and StreamTable
  /// add.
  explicit StreamTable(StreamObserver& observer, std::atomic<std::uint64_t>* total = nullptr);
  ~StreamTable();
  StreamTable(const StreamTable&) = delete;
  StreamTable& operator=(const StreamTable&) = delete;

  /// Takes over a connected, non-blocking socket. Incoming bytes are read and dropped from now on.
  StreamId adopt(int descriptor, StreamOwner owner);

  /// One gathered write. A stream that is blocked takes nothing and stays kBlocked until
  /// `on_writable`. kClosed: the stream broke; `on_closed` follows from `poll`, not from within
  /// this call.
  Written write(StreamId stream, std::span<const iovec> pieces);

  /// After a write that was cut inside a frame: `rest` is sent before `on_writable` is called.
  /// `keeper` keeps the bytes alive. On a stream that has a tail already, `rest` goes behind it.
  void keep_tail(StreamId stream, std::shared_ptr<const void> keeper, std::string_view rest);
  bool blocked(StreamId stream) const;

  /// Ends a stream: in order (what the kernel has is still delivered) or by reset, which also frees
  /// what a reader who does not read has piled up in the kernel. No `on_closed` follows.
  void close(StreamId stream);
  void reset(StreamId stream);

  /// Handles what the sockets have to tell; called by the event loop when `descriptor()` is
  /// readable.
  void poll();
  /// To be watched for readability.
  int descriptor() const { return edges_.descriptor(); }

  std::size_t size() const { return size_; }
  bool contains(StreamId stream) const;

 private:
  struct Tail;
  struct Slot;

  Slot* find(StreamId stream);
  const Slot* find(StreamId stream) const;
  void handle(StreamId stream, std::uint32_t events);
  bool send_tail(Slot& slot);
  void fail(Slot& slot);
  void release(std::uint32_t index);

  StreamObserver& observer_;
  std::atomic<std::uint64_t> own_total_{0};
  std::atomic<std::uint64_t>* total_;
  EdgePoll edges_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<StreamId> unwatched_;  // Streams that epoll did not take; told gone by the next poll.
};

}  // namespace weir::net
