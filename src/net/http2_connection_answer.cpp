// The writing half of an HTTP/2 connection's requests: what an Exchange does, and the source that
// nghttp2 takes bodies from.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "base/check.hpp"
#include "net/http2_callbacks.hpp"
#include "net/http2_connection.hpp"
#include "net/http2_fields.hpp"
#include "net/response_writer.hpp"

namespace weir::net {
namespace {

// A body that nobody wants is read over up to this size, so that a client that sends first and
// reads afterwards sees its answer.
constexpr std::size_t kDiscardBytesMax = 64 * 1024;
// How long an answer is alone on its way before the upload that it refuses is stopped: clients that
// read both at once, curl among them, take the reset for a failure and forget the answer.
constexpr std::chrono::milliseconds kAnswerTime{1000};
// So much of an answer has to be taken within body_timeout, or all that is left of it: a window
// that is opened by a byte at a time would keep the answer for as long as the client likes.
constexpr std::size_t kProgressBytesMin = 4096;
// What has been sent is cut off the front of a long answer when it is worth moving the rest.
constexpr std::size_t kCutBytesMin = 1024 * 1024;

}  // namespace

void Http2Connection::respond(Http2Stream& stream, Response response) {
  Http2Request& request = *stream.request;
  if (request.answer_begun) return;
  const bool has_body = begin_answer(stream, response, true);
  if (has_body) {
    request.out = std::move(response.body);
    unsent_bytes_ += request.out.size();
  }
  complete_answer(stream);
}

void Http2Connection::start_response(Http2Stream& stream, Response head) {
  if (!stream.request->answer_begun) begin_answer(stream, head, false);
}

/// Whether a body follows the head.
bool Http2Connection::begin_answer(Http2Stream& stream, const Response& head, bool length_known) {
  Http2Request& request = *stream.request;
  request.answer_begun = true;
  held_back_bytes_ -= std::exchange(request.held_back, 0);
  request.answer_has_body = request.answer_has_body && status_has_body(head.status);
  server_->metrics.count_answer(head.status);
  const Http2Fields fields(
      head, server_->date,
      length_known ? Http2Fields::Length::kOfBody : Http2Fields::Length::kUnknown);
  const bool has_body = request.answer_has_body && !(length_known && head.body.empty());
  const nghttp2_data_provider source = http2_data_source(&stream);
  // It fails only for a stream that is being closed, of which more is heard.
  nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(),
                          has_body ? &source : nullptr);
  schedule_turn();
  return has_body;
}

void Http2Connection::write(Http2Stream& stream, std::string bytes) {
  Http2Request& request = *stream.request;
  if (!request.answer_begun || !request.answer_has_body || bytes.empty()) return;
  unsent_bytes_ += bytes.size();
  if (request.unsent() == 0) {
    request.out = std::move(bytes);
    request.out_sent = 0;
  } else {
    request.out.append(bytes);
  }
  send_more(stream);
}

void Http2Connection::note_waiting(Http2Stream& stream, std::size_t bytes) {
  kept_bytes_ -= std::exchange(stream.request->kept, bytes);
  kept_bytes_ += bytes;
  if (may_wake_bodies()) schedule_turn();
}

bool Http2Connection::hold_back(Http2Stream& stream, std::size_t bytes) {
  if (held_back_bytes_ + bytes > kHeldBackBytesMax || answer_bytes() + bytes > kAnswerBytesMax) {
    return false;
  }
  stream.request->held_back += bytes;
  held_back_bytes_ += bytes;
  return true;
}

bool Http2Connection::may_wake_bodies() const {
  return bodies_wait_ && answer_bytes() <= kAnswerBytesMax / 2;
}

void Http2Connection::wake_bodies() {
  bodies_wait_ = false;
  for (Http2Stream* stream = active_.first(); stream != nullptr; stream = stream->next) {
    if (stream->request == nullptr) continue;
    Http2Request& request = *stream->request;
    if (request.stage != Http2Request::Stage::kBodyPieces || request.paused) continue;
    request.read_deadline = ticks_from_now(server_->settings.body_timeout);
    arm(request.read_deadline);
    touch(*stream);
  }
}

void Http2Connection::finish(Http2Stream& stream) {
  if (stream.request->answer_begun) complete_answer(stream);
}

/// Nothing is left to tell the handler, whatever becomes of the bytes.
void Http2Connection::complete_answer(Http2Stream& stream) {
  Http2Request& request = *stream.request;
  untie_exchange(stream, false);
  request.out_complete = true;
  request.stage = Http2Request::Stage::kWorking;
  request.read_deadline = 0;
  // What came of the body and was not looked at is wanted no more.
  held_bytes_ -= std::exchange(request.arrived, {}).size();
  send_more(stream);
}

void Http2Connection::send_more(Http2Stream& stream) {
  if (stream.request->write_deadline == 0) set_write_deadline(*stream.request);
  nghttp2_session_resume_data(session_, stream.id);
  schedule_turn();
}

void Http2Connection::set_write_deadline(Http2Request& request) {
  request.out_moved = 0;
  request.write_deadline = ticks_from_now(server_->settings.body_timeout);
  arm(request.write_deadline);
}

void Http2Connection::untie_exchange(Http2Stream& stream, bool aborted) {
  if (stream.request->exchange == nullptr) return;
  const std::shared_ptr<Http2Exchange> exchange = std::exchange(stream.request->exchange, nullptr);
  held_bytes_ -= exchange->body_.size();
  kept_bytes_ -= std::exchange(stream.request->kept, 0);
  held_back_bytes_ -= std::exchange(stream.request->held_back, 0);
  exchange->untie();
  auto callback = std::exchange(exchange->aborted_, nullptr);
  if (!aborted || !callback) return;
  // Later, because the handler may be in the middle of a call to this very exchange; which is kept
  // until then, because a handler may know it by its address.
  boost::asio::post(server_->io.get_executor(), [exchange, told = std::move(callback)] { told(); });
}

void Http2Connection::pause_body(Http2Stream& stream) {
  stream.request->paused = true;
  stream.request->read_deadline = 0;
}

void Http2Connection::resume_body(Http2Stream& stream) {
  Http2Request& request = *stream.request;
  if (!std::exchange(request.paused, false) || request.stage != Http2Request::Stage::kBodyPieces) {
    return;
  }
  request.read_deadline = ticks_from_now(server_->settings.body_timeout);
  arm(request.read_deadline);
  touch(stream);
  schedule_turn();
}

/// Called when an answer's last frame has been sent. A client that is still sending is told that it
/// may stop (RFC 9113, 8.1), later if what it has announced is soon over.
void Http2Connection::stop_upload(Http2Stream& stream) {
  if (stream.request != nullptr) stream.request->write_deadline = 0;
  if (stream.input_ended) return;
  if (stream.request != nullptr) {
    Http2Request& request = *stream.request;
    const std::uint64_t announced = request.meaning.content_length.value_or(kDiscardBytesMax + 1);
    const bool soon_over = !request.meaning.expects_continue && announced <= kDiscardBytesMax;
    const auto body_timeout = server_->settings.body_timeout;
    request.read_deadline =
        ticks_from_now(soon_over ? body_timeout : std::min(body_timeout, kAnswerTime));
    return arm(request.read_deadline);
  }
  reset_stream(stream, NGHTTP2_NO_ERROR);
}

void Http2Connection::reset_stream(Http2Stream& stream, std::uint32_t code) {
  stream.is_over = true;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, code);
  schedule_turn();
}

ssize_t Http2Connection::read_source(Http2Stream& stream, std::size_t bytes_max,
                                     std::uint32_t& flags) {
  if (output_full()) flush();
  if (output_full() || broken_) return NGHTTP2_ERR_PAUSE;
  if (stream.is_parked) {
    if (sending_ != &stream) {
      // Windows and output have room for it: its owner may send.
      ready_.push_back(stream.id);
      return NGHTTP2_ERR_DEFERRED;
    }
    if (pieces_left_ == 0) return NGHTTP2_ERR_DEFERRED;
    flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    return static_cast<ssize_t>(std::min(bytes_max, pieces_left_));
  }
  Http2Request& request = *stream.request;
  const std::size_t unsent = request.unsent();
  const std::size_t taken = std::min(bytes_max, unsent);
  if (taken == unsent && request.out_complete) flags |= NGHTTP2_DATA_FLAG_EOF;
  if (taken == 0) {
    if (request.out_complete) return 0;
    request.write_deadline = 0;  // It is the handler's turn.
    return NGHTTP2_ERR_DEFERRED;
  }
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  return static_cast<ssize_t>(taken);
}

/// Appends the DATA frame that `read_source` has promised.
void Http2Connection::send_data(Http2Stream& stream, std::span<const std::uint8_t> frame_head,
                                std::size_t bytes) {
  const std::string_view head(reinterpret_cast<const char*>(frame_head.data()), frame_head.size());
  if (stream.is_parked) {
    out_.append(head);
    pieces_left_ -= bytes;
    while (bytes > 0) {
      const iovec& piece = pieces_.front();
      const std::size_t part = std::min(bytes, piece.iov_len - piece_offset_);
      out_.append(static_cast<const char*>(piece.iov_base) + piece_offset_, part);
      bytes -= part;
      piece_offset_ += part;
      if (piece_offset_ == piece.iov_len) {
        pieces_ = pieces_.subspan(1);
        piece_offset_ = 0;
      }
    }
    return;
  }
  Http2Request& request = *stream.request;
  append(head);
  append(std::string_view(request.out).substr(request.out_sent, bytes));
  request.out_sent += bytes;
  unsent_bytes_ -= bytes;
  request.out_moved += bytes;
  if (request.unsent() == 0) {
    request.out = {};
    request.out_sent = 0;
  } else {
    if (request.out_moved >= kProgressBytesMin) set_write_deadline(request);
    if (request.out_sent >= kCutBytesMin && request.out_sent >= request.unsent()) {
      request.out.erase(0, std::exchange(request.out_sent, 0));
    }
  }
}

}  // namespace weir::net
