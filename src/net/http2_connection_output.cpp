// What an HTTP/2 connection does with its socket and its time: output, deadlines, and its end.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/http2_connection.hpp"

namespace weir::net {
namespace {

// What the socket has not taken: enough for large writes, and all that a client who does not read
// keeps here.
constexpr std::size_t kOutputBytesMax = 64 * 1024;
// Draining: how long new requests are still taken, so that those on their way are answered
// (RFC 9113, 6.8). A client that answers our PING sooner ends it sooner.
constexpr std::chrono::milliseconds kGoawayGrace{1'000};

}  // namespace

std::uint64_t Http2Connection::ticks_from_now(std::chrono::milliseconds duration) const {
  return server_->wheel.now() + server_->ticks(duration);
}

bool Http2Connection::output_full() const { return out_.size() - out_sent_ >= kOutputBytesMax; }

void Http2Connection::append(std::string_view bytes) {
  out_.append(bytes);
  server_->metrics.bytes_sent.add(bytes.size());
}

/// Has nghttp2 make frames of everything that may be sent, until the output is full.
void Http2Connection::pump() {
  if (pumping_ || session_ == nullptr) return;
  pumping_ = true;
  for (;;) {
    if (output_full()) flush();
    if (output_full() || broken_) break;
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) broken_ = true;
    if (size <= 0) break;
    append({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
  pumping_ = false;
}

void Http2Connection::flush() {
  if (blocked_ || broken_ || !owes()) return;
  ssize_t sent = socket_.flush();
  if (sent == 0 && out_.size() > out_sent_) {
    const iovec piece{out_.data() + out_sent_, out_.size() - out_sent_};
    sent = socket_.send({&piece, 1});
  }
  if (sent < 0 && !would_block(errno)) {
    broken_ = true;
    return schedule_turn();
  }
  if (sent > 0) {
    out_sent_ += static_cast<std::size_t>(sent);
    write_deadline_ = 0;
  }
  if (out_sent_ == out_.size() || out_sent_ >= kOutputBytesMax) {
    out_.erase(0, std::exchange(out_sent_, 0));
  }
  if (!owes()) {
    write_deadline_ = 0;
    return;
  }
  // The socket is full, so the kernel owes an edge.
  blocked_ = true;
  if (write_deadline_ == 0) {
    write_deadline_ = ticks_from_now(server_->settings.body_timeout);
    arm(write_deadline_);
  }
}

void Http2Connection::set_idle_deadline() {
  if (!active_.empty() || !parked_.empty() || !greeted_) {
    idle_deadline_ = 0;
    // Somebody has to be there for the streams.
    if (!parked_.empty() || !active_.empty()) {
      arm(last_heard_ + server_->ticks(server_->settings.keepalive));
    }
  } else if (idle_deadline_ == 0) {
    idle_deadline_ = ticks_from_now(server_->settings.idle_timeout);
    arm(idle_deadline_);
  }
}

void Http2Connection::arm(std::uint64_t deadline) {
  // As for HTTP/1.1: an entry that comes sooner looks again.
  if (deadline == 0 || (armed_tick_ != 0 && armed_tick_ <= deadline)) return;
  armed_tick_ = std::min(deadline, server_->wheel.now() + server_->recheck_ticks);
  server_->arm_wheel(*this, armed_tick_);
}

void Http2Connection::on_tick(std::uint64_t entry_tick) {
  if (state_ == State::kClosed || entry_tick != armed_tick_) return;
  armed_tick_ = 0;
  const std::uint64_t now = server_->wheel.now();
  if (state_ != State::kLinger) {
    check_requests(now);
    check_peer(now);
  }
  if (state_ != State::kClosed) check_connection(now);
  if (state_ == State::kClosed) return;
  for (const std::uint64_t deadline :
       {head_deadline_, idle_deadline_, write_deadline_, goaway_deadline_, linger_deadline_}) {
    arm(deadline);
  }
}

void Http2Connection::check_connection(std::uint64_t now) {
  const auto due = [now](std::uint64_t& deadline) {
    if (deadline == 0 || deadline > now) return false;
    deadline = 0;
    return true;
  };
  if (due(linger_deadline_)) return close_now();
  if (due(write_deadline_)) {
    server_->metrics.timeouts_body.add();
    return close_now();
  }
  if (due(head_deadline_)) {
    server_->metrics.timeouts_header.add();
    if (!greeted_) return close_now();
    terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  }
  if (due(idle_deadline_)) {
    server_->metrics.timeouts_idle.add();
    terminate(NGHTTP2_NO_ERROR);
  }
  if (due(goaway_deadline_)) begin_last_goaway();
}

void Http2Connection::check_requests(std::uint64_t now) {
  for (Http2Stream* stream = active_.first(); stream != nullptr; stream = stream->next) {
    if (stream->is_over || stream->request == nullptr) continue;
    if (expire(*stream, now)) continue;
    arm(stream->request->read_deadline);
    arm(stream->request->write_deadline);
  }
}

/// Whether the stream's time was over.
bool Http2Connection::expire(Http2Stream& stream, std::uint64_t now) {
  Http2Request& request = *stream.request;
  if (request.write_deadline != 0 && request.write_deadline <= now) {
    server_->metrics.timeouts_body.add();
    untie_exchange(stream, true);
    reset_stream(stream, NGHTTP2_CANCEL);
    return true;
  }
  if (request.read_deadline == 0 || request.read_deadline > now) return false;
  request.read_deadline = 0;
  if (request.stage == Http2Request::Stage::kWorking) {
    // It is answered; only the rest of its body did not come.
    reset_stream(stream, NGHTTP2_NO_ERROR);
  } else {
    server_->metrics.timeouts_body.add();
    refuse(stream, {base::ErrorCode::kRequestTimeout, "the body did not arrive in time"});
  }
  return true;
}

/// A client that has gone without a word: of a socket that only sends now and then, the kernel
/// would know after many minutes.
void Http2Connection::check_peer(std::uint64_t now) {
  if (active_.empty() && parked_.empty()) return;
  // What the socket has not taken has a deadline of its own, and a PING stands behind it; what has
  // come and is not read yet is a sign of life.
  if (owes() || readable_) {
    pinged_ = 0;
    last_heard_ = now;
  }
  if (pinged_ != 0) {
    const std::uint64_t last = pinged_ + server_->ticks(server_->settings.header_timeout);
    if (now < last) return arm(last);
    server_->metrics.http2_ping_timeouts.add();
    return close_now();
  }
  const std::uint64_t due = last_heard_ + server_->ticks(server_->settings.keepalive);
  if (now < due) return arm(due);
  pinged_ = now;
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  schedule_turn();
  arm(now + server_->ticks(server_->settings.header_timeout));
}

/// Over the limit of connections: no request has been looked at, so any may be sent again.
void Http2Connection::start_refusing() {
  start();
  nghttp2_session_terminate_session2(session_, 0, NGHTTP2_NO_ERROR);
  turn();
}

/// In two steps (RFC 9113, 6.8): first that there is to be an end, so that requests that are on
/// their way are still answered, then which was the last.
void Http2Connection::drain() {
  if (state_ != State::kOpen || goaway_deadline_ != 0 || last_goaway_) return;
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  goaway_deadline_ = ticks_from_now(kGoawayGrace);
  arm(goaway_deadline_);
  schedule_turn();
}

void Http2Connection::begin_last_goaway() {
  goaway_deadline_ = 0;
  last_goaway_ = true;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  schedule_turn();
}

/// Ends the connection for what the client has done, or has not done.
void Http2Connection::terminate(std::uint32_t code) {
  if (state_ != State::kOpen) return;
  state_ = State::kEnding;
  nghttp2_session_terminate_session(session_, code);
  schedule_turn();
}

void Http2Connection::check_end() {
  if (state_ == State::kOpen && nghttp2_session_want_read(session_) == 0 &&
      nghttp2_session_want_write(session_) == 0) {
    state_ = State::kEnding;
  }
  if (state_ == State::kEnding && nghttp2_session_want_write(session_) == 0 && !owes()) linger();
}

/// Keeps the server's count of connections that nobody has to wait for: draining, and nothing left
/// but event streams, which are counted by themselves.
void Http2Connection::count_waiting() {
  const bool waiting =
      state_ == State::kLinger || (last_goaway_ && active_.empty() && !owes() && !has_events());
  if (waiting == counted_waiting_) return;
  counted_waiting_ = waiting;
  if (waiting) {
    ++server_->lingering;
  } else {
    --server_->lingering;
  }
}

void Http2Connection::linger() {
  state_ = State::kLinger;
  drop_streams();
  head_deadline_ = idle_deadline_ = write_deadline_ = goaway_deadline_ = 0;
  // A socket that is closed with unread input would take the last frames away from the client.
  socket_.finish_sending();
  linger_deadline_ = ticks_from_now(HttpServer::Impl::kLingerTime);
  arm(linger_deadline_);
  readable_ = true;
}

void Http2Connection::abort() { close_now(); }

void Http2Connection::close_now() {
  if (state_ == State::kClosed) return;
  const auto kept = self();
  if (state_ != State::kLinger && !broken_) flush();
  state_ = State::kClosed;
  if (std::exchange(counted_waiting_, false)) --server_->lingering;
  drop_streams();
  socket_.close();
  server_->release(*this);
}

/// Nothing is known of the session's streams from here on; their owners are told.
void Http2Connection::drop_streams() {
  nghttp2_session_del(std::exchange(session_, nullptr));
  std::vector<Http2Stream*> dropped = std::exchange(closed_, {});
  for (Http2StreamList* list : {&active_, &parked_}) {
    while (Http2Stream* stream = list->first()) {
      list->remove(*stream);
      dropped.push_back(stream);
    }
  }
  touched_.clear();
  ready_.clear();
  for (Http2Stream* stream : dropped) {
    const std::unique_ptr<Http2Stream> owned(stream);
    if (!stream->is_parked) {
      untie_exchange(*stream, true);
    } else if (!stream->is_over) {
      server_->streams.carrier_closed(stream->parked);
    }
  }
}

}  // namespace weir::net
