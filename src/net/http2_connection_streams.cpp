// The event streams of an HTTP/2 connection: what the StreamTable asks of their carrier.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.hpp"
#include "net/http2_callbacks.hpp"
#include "net/http2_connection.hpp"
#include "net/http2_fields.hpp"

namespace weir::net {

OpenStream Http2Connection::detach(Http2Stream& stream, StreamOwner owner, StreamOpening opening) {
  Http2Request& request = *stream.request;
  const Http2Fields fields(opening.response, server_->date, Http2Fields::Length::kUnknown);
  const nghttp2_data_provider source = http2_data_source(&stream);
  nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(), &source);
  untie_exchange(stream, false);

  // What a request needs is freed: a parked stream is a few words.
  stream.delivers_input = opening.incoming == Incoming::kDelivered;
  held_bytes_ -= request.arrived.size();
  if (stream.delivers_input) {
    if (!request.arrived.empty()) {
      stream.input = std::make_unique<std::string>(std::move(request.arrived));
    }
    if (stream.input != nullptr || stream.input_ended) touch(stream);
  } else {
    nghttp2_session_consume_stream(session_, stream.id, request.arrived.size());
  }
  // Whatever the handler has written meanwhile may have had a reset of this very stream sent: it is
  // in no list then, and its owner hears in the next turn that it is closed.
  if (find(stream.id) != nullptr) {
    active_.remove(stream);
    parked_.add(stream);
  }
  stream.request.reset();
  stream.is_parked = true;
  StreamTable& streams = server_->streams;
  stream.parked = streams.adopt(*this, static_cast<Key>(stream.id), owner);
  const StreamId opened = stream.parked;
  schedule_turn();

  const auto bytes = std::make_shared<std::string>(std::move(opening.response.body));
  if (bytes->empty()) return {opened, false};
  const iovec piece{bytes->data(), bytes->size()};
  const StreamTable::Written written = streams.write(opened, {&piece, 1});
  const bool blocked = written.status == StreamTable::WriteStatus::kBlocked;
  if (blocked) {
    streams.keep_tail(opened, bytes, std::string_view(*bytes).substr(written.bytes));
  }
  return {opened, blocked};
}

Http2Stream* Http2Connection::find_parked(Key key) {
  Http2Stream* stream = find(static_cast<std::int32_t>(key));
  return stream != nullptr && stream->is_parked && !stream->is_over ? stream : nullptr;
}

/// What is taken is put into frames at once and waits in `out_` for the end of the turn. nghttp2
/// decides how much that is: it asks `read_source` for as much as the windows allow, and asks again
/// when they allow more, which is how a stream becomes writable.
ssize_t Http2Connection::send(Key key, std::span<const iovec> pieces) {
  Http2Stream* stream = find_parked(key);
  if (stream == nullptr || broken_ || state_ != State::kOpen) {
    errno = EPIPE;
    return -1;
  }
  WEIR_CHECK(!pumping_, "nghttp2 does not call out while it is asked for bytes");
  std::size_t wanted = 0;
  for (const iovec& piece : pieces) wanted += piece.iov_len;
  sending_ = stream;
  pieces_ = pieces;
  piece_offset_ = 0;
  pieces_left_ = wanted;
  nghttp2_session_resume_data(session_, stream->id);
  pump();
  sending_ = nullptr;
  pieces_ = {};
  schedule_turn();
  const std::size_t taken = wanted - std::exchange(pieces_left_, 0);
  if (taken == 0 && wanted > 0) {
    errno = broken_ ? EPIPE : EAGAIN;
    return -1;
  }
  last_served_ = static_cast<std::int32_t>(key);
  return static_cast<ssize_t>(taken);
}

/// From here on it is a request whose answer has only to end.
void Http2Connection::close(Key key) {
  Http2Stream* stream = find_parked(key);
  if (stream == nullptr) return;
  parked_.remove(*stream);
  active_.add(*stream);
  stream->is_parked = false;
  stream->delivers_input = false;
  stream->input.reset();
  stream->request = std::make_unique<Http2Request>();
  stream->request->head_complete = true;
  stream->request->planned = true;
  stream->request->stage = Http2Request::Stage::kWorking;
  stream->request->answer_begun = true;
  stream->request->out_complete = true;
  send_more(*stream);
}

void Http2Connection::reset(Key key) {
  Http2Stream* stream = find_parked(key);
  if (stream != nullptr) reset_stream(*stream, NGHTTP2_CANCEL);
}

void Http2Connection::want_input(Key key, bool wanted) {
  Http2Stream* stream = find_parked(key);
  if (stream == nullptr) return;
  stream->input_paused = !wanted;
  if (!wanted || (stream->input == nullptr && !stream->input_ended)) return;
  touch(*stream);
  schedule_turn();
}

/// Only what has been delivered gets the client credit for more.
void Http2Connection::deliver_input(Http2Stream& stream) {
  if (!stream.delivers_input || stream.input_paused) return;
  if (stream.input != nullptr) {
    const std::unique_ptr<std::string> bytes = std::move(stream.input);
    nghttp2_session_consume_stream(session_, stream.id, bytes->size());
    server_->streams.carrier_data(stream.parked, *bytes);
    if (!stream.is_parked || stream.is_over) return;
  }
  if (!stream.input_ended || stream.input_paused || stream.input != nullptr) return;
  // As for a socket: a client that has ended has left. Our half ends, too.
  const StreamId ended = stream.parked;
  close(static_cast<Key>(stream.id));
  server_->streams.carrier_closed(ended);
}

}  // namespace weir::net
