#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/head_meaning.hpp"
#include "net/http2_head.hpp"
#include "net/stream_table.hpp"

namespace weir::net {

class Http2Exchange;

/// What a stream needs while its request is read and answered. Ticks are the wheel's; 0 is none.
struct Http2Request {
  enum class Stage : std::uint8_t {
    kHead,        ///< The header block is on its way.
    kWholeBody,   ///< Collecting a body for the handler.
    kBodyPieces,  ///< Handing a body on as it comes.
    kWorking,     ///< The request is complete, or what follows of it is not wanted.
  };

  Http2Head fields;
  HeadMeaning meaning;
  std::optional<base::Error> refused;  ///< The head was.
  std::shared_ptr<Http2Exchange> exchange;

  std::string arrived;  ///< Of the body, not yet handed on.
  std::size_t body_bytes_max = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t body_began = 0;
  std::uint64_t read_deadline = 0;

  std::string out;  ///< Of the answer; what is before `out_sent` has been taken.
  std::size_t out_sent = 0;
  std::size_t out_moved = 0;  ///< Taken since the deadline was set.
  std::size_t kept = 0;       ///< By the handler, of the body: Exchange::note_waiting.
  std::size_t held_back = 0;  ///< By the handler, of the answer.
  std::uint64_t write_deadline = 0;

  Stage stage = Stage::kHead;
  bool head_complete = false;
  bool planned = false;
  bool paused = false;
  bool streamed = false;      ///< The handler has the request before its body has ended.
  bool answer_begun = false;  ///< Its head is with nghttp2.
  bool answer_has_body = true;
  bool out_complete = false;  ///< Nothing is added to `out` any more.

  std::size_t unsent() const { return out.size() - out_sent; }
};

/// One stream of an Http2Connection. A parked one, an event stream, is this and a place in the
/// StreamTable; what a request needs is gone by then.
struct Http2Stream {
  Http2Stream* previous = nullptr;
  Http2Stream* next = nullptr;
  std::unique_ptr<Http2Request> request;  ///< None while it is parked.
  std::unique_ptr<std::string> input;     ///< Parked: what came and is not yet delivered.
  StreamId parked;
  std::int32_t id = 0;
  bool is_parked = false;
  bool input_ended = false;
  bool delivers_input = false;
  bool input_paused = false;
  bool touched = false;  ///< Something came for it that has not been looked at.
  bool is_over = false;  ///< Nobody is left who would want to hear of it.
};

/// Streams in no particular order; each in one list at a time.
class Http2StreamList {
 public:
  bool empty() const { return first_ == nullptr; }
  std::size_t size() const { return size_; }
  Http2Stream* first() const { return first_; }
  void add(Http2Stream& stream) {
    stream.previous = nullptr;
    stream.next = first_;
    if (first_ != nullptr) first_->previous = &stream;
    first_ = &stream;
    ++size_;
  }
  void remove(Http2Stream& stream) {
    (stream.previous != nullptr ? stream.previous->next : first_) = stream.next;
    if (stream.next != nullptr) stream.next->previous = stream.previous;
    --size_;
  }

 private:
  Http2Stream* first_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weir::net
