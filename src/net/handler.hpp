#pragma once

// How HTTP reaches the layers above: a Handler per shard is asked what to do with a request's body,
// gets the request, and answers through the Exchange, at once or later. Everything here happens on
// the shard's thread. Requests of one connection are handled one after the other, so pipelined
// answers keep their order.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_message.hpp"
#include "net/stream_table.hpp"

namespace weir::net {

/// How an answer becomes a stream.
struct StreamOpening {
  /// 200: a body without a length, chunked for HTTP/1.1 (the caller writes chunks from then on),
  /// ended by closing for HTTP/1.0. 101: the connection speaks another protocol after the head
  /// (RFC 9110, 15.2.2). `body` is the first bytes that follow, not yet in a chunk; head and body
  /// leave in one segment.
  Response response;
  Incoming incoming = Incoming::kDropped;
};

/// A stream of the shard's StreamTable.
struct OpenStream {
  StreamId id;
  bool blocked = false;  ///< It has not taken everything yet; the rest follows by itself.
};

/// One request and its answer. Shared, so that an answer that comes from a commit can outlive the
/// connection: once the client is gone every call does nothing and `alive()` is false. Shard thread
/// only.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const RequestHead& head() const = 0;
  /// The whole body, where the handler asked for it whole; valid until the exchange is answered.
  virtual std::string_view body() const = 0;
  virtual bool alive() const = 0;

  /// Answers, once. Content-Length, Date and Connection are added; a HEAD gets the head alone.
  virtual void respond(Response response) = 0;

  // An answer in pieces: chunked for HTTP/1.1, ended by closing for HTTP/1.0.
  virtual void start_response(Response head) = 0;  ///< `head.body` is ignored.
  virtual void write(std::string bytes) = 0;
  virtual void finish() = 0;
  /// Bytes written and not yet taken by the socket.
  virtual std::size_t unsent() const = 0;

  // What a handler keeps on the way from a body in pieces to its answer counts among what the
  // answers of a connection may hold together; while that is too much, no more of the body comes.
  /// Bytes that have been taken of the body and are being worked off, instead of those of before.
  virtual void note_waiting(std::size_t bytes) { (void)bytes; }
  /// Room for so many bytes more of an answer that is not begun before the body has ended; given
  /// back with its beginning. False: there is none, and the answer had better begin.
  virtual bool hold_back(std::size_t bytes) {
    (void)bytes;
    return true;
  }

  // A body in pieces: stop and go on reading, when what was read must first be worked off.
  virtual void pause_body() = 0;
  virtual void resume_body() = 0;

  /// Called once if the client goes away before the answer is complete.
  virtual void on_abort(std::function<void()> callback) = 0;
  /// Takes a client that has closed its sending half for one that has gone away: for answers that
  /// wait for something, whose place would otherwise be taken for as long. Without it, such a
  /// client still gets its answer (RFC 9112, 9.6). HTTP/2 has no such halves.
  virtual void abort_at_end_of_input() {}

  /// Answers with a stream: what HTTP needed of the connection is freed, and the stream stands in
  /// the shard's StreamTable. For a request with a body this is called after the body.
  virtual OpenStream detach(StreamOwner owner, StreamOpening opening) = 0;
  /// Whether what is written to the stream of a 200 must be chunks (RFC 9112, 7.1).
  virtual bool chunks_streams() const = 0;
};

/// What to do with a request's body, decided from the head alone, before a byte of it is read (and
/// before `100 Continue` is sent).
struct BodyPlan {
  enum class Kind {
    kWhole,   ///< Collect it, then `on_request`.
    kStream,  ///< `on_request` now, then `on_body` for each piece, then `on_body_end`.
    kRefuse,  ///< Answer `refusal` without reading it.
  };
  Kind kind = Kind::kWhole;
  std::size_t bytes_max = 0;  ///< kWhole: beyond it 413.
  Response refusal;
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual BodyPlan plan(const RequestHead& head) = 0;
  virtual void on_request(std::shared_ptr<Exchange> exchange) = 0;
  virtual void on_body(const std::shared_ptr<Exchange>& exchange, std::string_view bytes) = 0;
  virtual void on_body_end(const std::shared_ptr<Exchange>& exchange) = 0;
  /// Adds what every answer of this handler carries to one that net gives without asking it: to a
  /// request that is too large, too slow or not valid.
  virtual void complete_refusal(const RequestHead& head, Response& response) {
    (void)head;
    (void)response;
  }
};

}  // namespace weir::net
