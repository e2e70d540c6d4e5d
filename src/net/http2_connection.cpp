// The reading half of an HTTP/2 connection: what comes, and the turn in which it is looked at.

#include "net/http2_connection.hpp"

#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/http2_callbacks.hpp"

namespace weir::net {
namespace {

// What one client can make the server keep of bodies that are being collected, over all of its
// streams. A stream beyond it is refused, which tells the client that it may try again (RFC 9113,
// 8.7).
constexpr std::size_t kHeldBytesMax = 64 * 1024 * 1024;
// What is not yet on its way stays out of the kernel: an event has no megabytes of another answer
// before it, and a client that does not read holds little.
constexpr int kUnsentLowWater = 128 * 1024;
// A client may be so far ahead of its sustained rates.
constexpr std::uint64_t kBurstSeconds = 10;
// Data frames with less in them pay for no frame of the client's: else windows of a byte would pay
// for themselves.
constexpr std::size_t kEarningBytesMin = 16;
constexpr std::uint64_t kTicksPerSecond = std::chrono::seconds(1) / HttpServer::Impl::kTick;

}  // namespace

Http2Connection::Http2Connection(HttpServer::Impl& server, Socket socket,
                                 const ConnectionOrigin& origin, std::uint32_t place)
    : ReadingConnection(server, std::move(socket), origin, place),
      resets_(std::uint64_t{server.settings.http2_streams_max} +
                  server.settings.http2_resets_per_second * kBurstSeconds,
              server.settings.http2_resets_per_second, kTicksPerSecond),
      frames_(std::uint64_t{server.settings.http2_streams_max} +
                  server.settings.http2_control_frames_per_second * kBurstSeconds,
              server.settings.http2_control_frames_per_second, kTicksPerSecond) {
  static_assert(sizeof(Http2Stream) <= 64, "there may be a million of them parked");
  session_ = new_http2_session(*this, server.settings);
}

Http2Connection::~Http2Connection() { nghttp2_session_del(session_); }

std::shared_ptr<Http2Connection> Http2Connection::self() {
  return std::static_pointer_cast<Http2Connection>(shared_from_this());
}

Http2Stream* Http2Connection::find(std::int32_t id) const {
  if (session_ == nullptr) return nullptr;
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

void Http2Connection::start() {
  server_->metrics.http2_connections.add();
  last_heard_ = server_->wheel.now();
  head_deadline_ = ticks_from_now(server_->settings.header_timeout);
  arm(head_deadline_);
  set_option(socket_.descriptor(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentLowWater);
  // Whoever has had the socket before has had its edges, too.
  readable_ = true;
  read_on();
  schedule_turn();  // Our SETTINGS need not wait for the client's.
  if (server_->draining) drain();
}

void Http2Connection::start_with(std::string_view bytes) {
  start();
  take_input(bytes);
}

void Http2Connection::on_events(std::uint32_t events) {
  note_input(events);
  const bool goes_on =
      (events & (EPOLLERR | EPOLLHUP | EPOLLOUT)) != 0 && std::exchange(blocked_, false);
  if (goes_on) flush();
  // Before the turn fills the output again: else the client of a connection whose output never runs
  // dry would not be heard, neither what it asks for nor that it is there.
  read_now();
  if (goes_on) turn();
}

bool Http2Connection::wants_read() const {
  if (is_lingering()) return true;
  // What a client asks for while it does not read what it has asked for waits in the kernel.
  return state_ == State::kOpen && !(blocked_ && output_full());
}

/// Half a connection is of no use to HTTP/2: nothing can be acknowledged over it.
void Http2Connection::on_end_of_input() { close_now(); }

void Http2Connection::take_input(std::string_view bytes) {
  last_heard_ = server_->wheel.now();
  pinged_ = 0;
  const ssize_t used = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (used < 0) {
    fail_input(static_cast<int>(used));
    if (state_ == State::kClosed) return;
  } else if (!in_block_) {
    if (greeted_) head_deadline_ = 0;
  } else if (head_deadline_ == 0) {
    head_deadline_ = ticks_from_now(server_->settings.header_timeout);
    arm(head_deadline_);
  }
  turn();
}

void Http2Connection::fail_input(int failure) {
  server_->metrics.requests_malformed.add();
  switch (failure) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return close_now();               // Whatever it speaks, a GOAWAY is nothing to it.
    case NGHTTP2_ERR_CALLBACK_FAILURE:  // `calm_down`
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      return terminate(NGHTTP2_ENHANCE_YOUR_CALM);
    default:
      return terminate(NGHTTP2_INTERNAL_ERROR);
  }
}

int Http2Connection::calm_down() {
  calm_ = true;
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Http2Connection::on_begin_headers(std::int32_t id) {
  idle_deadline_ = 0;
  if (unsent_bytes_ > kAnswerBytesMax) {
    in_block_ = false;
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  auto stream = std::make_unique<Http2Stream>();
  stream->id = id;
  stream->request = std::make_unique<Http2Request>();
  nghttp2_session_set_stream_user_data(session_, id, stream.get());
  active_.add(*stream.release());
  server_->metrics.http2_streams.add();
  return 0;
}

int Http2Connection::on_field(std::int32_t id, std::string_view name, std::string_view value) {
  Http2Stream* stream = find(id);
  // Trailers are read over, as HTTP/1.1's are; a stream has them once.
  if (stream == nullptr || stream->request == nullptr) return 0;
  Http2Request& request = *stream->request;
  if (request.head_complete) {
    request.fields.skip(name, value);
  } else {
    request.fields.add(name, value, server_->head_limits);
  }
  return request.fields.is_bomb(server_->head_limits) ? calm_down() : 0;
}

int Http2Connection::on_data(std::int32_t id, std::string_view bytes) {
  nghttp2_session_consume_connection(session_, bytes.size());
  Http2Stream* stream = find(id);
  if (stream == nullptr || stream->is_over || (stream->is_parked && !stream->delivers_input)) {
    nghttp2_session_consume_stream(session_, id, bytes.size());
    return 0;
  }
  if (stream->is_parked || stream->request == nullptr) {
    if (stream->input == nullptr) stream->input = std::make_unique<std::string>();
    stream->input->append(bytes);
  } else {
    const std::size_t most =
        std::max<std::size_t>(kHeldBytesMax, 2 * server_->settings.body_bytes_max);
    if (held_bytes_ + bytes.size() > most) {
      stream->is_over = true;
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
      return 0;
    }
    held_bytes_ += bytes.size();
    stream->request->arrived.append(bytes);
  }
  touch(*stream);
  return 0;
}

int Http2Connection::on_frame(const nghttp2_frame& frame) {
  const std::uint64_t now = server_->wheel.now();
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  bool idle_talk = false;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      in_block_ = false;
      idle_talk = frame.hd.type == NGHTTP2_DATA && !ends && frame.hd.length <= frame.data.padlen;
      Http2Stream* stream = find(frame.hd.stream_id);
      if (stream == nullptr) break;
      if (frame.hd.type == NGHTTP2_HEADERS && stream->request != nullptr &&
          !std::exchange(stream->request->head_complete, true)) {
        stream->request->fields.head().has_body = !ends;
        touch(*stream);
      }
      if (ends) {
        stream->input_ended = true;
        touch(*stream);
      }
      break;
    }
    case NGHTTP2_RST_STREAM:
      return resets_.take(now) ? 0 : calm_down();
    case NGHTTP2_SETTINGS:
      greeted_ = true;
      idle_talk = (frame.hd.flags & NGHTTP2_FLAG_ACK) == 0;
      break;
    case NGHTTP2_PING:
      idle_talk = (frame.hd.flags & NGHTTP2_FLAG_ACK) == 0;
      // The client has seen our first GOAWAY.
      if (!idle_talk && goaway_deadline_ != 0) begin_last_goaway();
      break;
    default:  // WINDOW_UPDATE, PRIORITY, GOAWAY.
      idle_talk = true;
      break;
  }
  return !idle_talk || frames_.take(now) ? 0 : calm_down();
}

void Http2Connection::on_sent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_DATA:
      if (frame.hd.length >= kEarningBytesMin) frames_.earn(2);
      [[fallthrough]];
    case NGHTTP2_HEADERS:
      if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        if (Http2Stream* stream = find(frame.hd.stream_id)) stop_upload(*stream);
      }
      break;
    case NGHTTP2_RST_STREAM: {
      const std::uint32_t code = frame.rst_stream.error_code;
      if (code == NGHTTP2_REFUSED_STREAM) server_->metrics.http2_streams_refused.add();
      // What a client makes the server reset counts as if it had done it itself.
      if (code != NGHTTP2_NO_ERROR && code != NGHTTP2_CANCEL &&
          !resets_.take(server_->wheel.now())) {
        calm_ = true;
      }
      break;
    }
    case NGHTTP2_GOAWAY:
      if (frame.goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM) {
        server_->metrics.http2_calmed.add();
      } else if (frame.goaway.error_code != NGHTTP2_NO_ERROR) {
        server_->metrics.http2_errors.add();
      }
      break;
    default:
      break;
  }
}

void Http2Connection::on_stream_closed(std::int32_t id) {
  Http2Stream* stream = find(id);
  if (stream == nullptr) return;
  nghttp2_session_set_stream_user_data(session_, id, nullptr);
  if (sending_ == stream) sending_ = nullptr;
  (stream->is_parked ? parked_ : active_).remove(*stream);
  closed_.push_back(stream);
  schedule_turn();
}

void Http2Connection::touch(Http2Stream& stream) {
  if (std::exchange(stream.touched, true)) return;
  touched_.push_back(stream.id);
}

void Http2Connection::schedule_turn() {
  if (turn_scheduled_ || state_ == State::kClosed) return;
  turn_scheduled_ = true;
  boost::asio::post(server_->io.get_executor(), [self = self()] {
    self->turn_scheduled_ = false;
    self->turn();
  });
}

void Http2Connection::turn() {
  if (state_ == State::kClosed || state_ == State::kLinger) return;
  const auto kept = self();
  look_at_events();
  if (std::exchange(calm_, false)) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  pump();
  flush();
  if (broken_) return close_now();
  if (may_wake_bodies()) schedule_turn();
  if (out_.empty()) out_ = {};  // An idle connection holds no buffer.
  if (has_events() || calm_) schedule_turn();
  set_idle_deadline();
  check_end();
  if (state_ == State::kClosed) return;
  count_waiting();
  read_on();
}

void Http2Connection::look_at_events() {
  for (Http2Stream* stream : std::exchange(closed_, {})) {
    const std::unique_ptr<Http2Stream> owned(stream);
    if (stream->is_parked) {
      if (!stream->is_over) server_->streams.carrier_closed(stream->parked);
    } else {
      untie_exchange(*stream, true);
      held_bytes_ -= stream->request->arrived.size();
      unsent_bytes_ -= stream->request->unsent();
    }
  }
  if (may_wake_bodies()) wake_bodies();
  // Nobody works for a client that is being turned away.
  if (state_ != State::kOpen) touched_.clear();
  for (const std::int32_t id : std::exchange(touched_, {})) {
    Http2Stream* stream = find(id);
    if (stream == nullptr) continue;
    stream->touched = false;
    if (!stream->is_over) advance(*stream);
  }
  std::vector<std::int32_t> ready = std::exchange(ready_, {});
  // nghttp2 tells of them in the same order every time: where the connection's window is the
  // bottleneck, those behind the last one that got something come first.
  std::sort(ready.begin(), ready.end());
  std::rotate(ready.begin(), std::upper_bound(ready.begin(), ready.end(), last_served_),
              ready.end());
  for (const std::int32_t id : ready) {
    const Http2Stream* stream = find(id);
    if (stream != nullptr && stream->is_parked) server_->streams.carrier_writable(stream->parked);
  }
}

}  // namespace weir::net
