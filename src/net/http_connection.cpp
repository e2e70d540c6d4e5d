// The reading half of a connection: bytes to requests. The answers are in
// http_connection_answer.cpp.

#include "net/http_connection.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/http2_connection.hpp"
#include "net/http2_preface.hpp"

namespace weir::net {
namespace {

// What may wait here unread while a request is worked on; beyond it, it waits in the kernel.
constexpr std::size_t kInputBytesMax = 64 * 1024;
// Answers that the socket has not taken: beyond it no further request of the connection is looked
// at.
constexpr std::size_t kOutputBytesMax = 64 * 1024;
// The same while a body is answered piece by piece. Many clients send a whole body before they
// read: with less, a long one would wait for them while they wait for it.
constexpr std::size_t kStreamedOutputBytesMax = 16 * 1024 * 1024;
// A body that is collected whole has to come at this rate, beside never pausing for long: one that
// drips would keep its memory for as long as the client likes.
constexpr std::size_t kBodyBytesPerSecondMin = 16 * 1024;
// A body that nobody wants is read over up to this size, so that the connection stays usable.
constexpr std::size_t kDiscardBytesMax = 64 * 1024;

}  // namespace

HttpConnection::HttpConnection(HttpServer::Impl& server, Socket socket,
                               const ConnectionOrigin& origin, std::uint32_t place)
    : ReadingConnection(server, std::move(socket), origin, place), reader_(server.head_limits) {}

std::shared_ptr<HttpConnection> HttpConnection::self() {
  return std::static_pointer_cast<HttpConnection>(shared_from_this());
}

void HttpConnection::start() { set_read_deadline(server_->settings.header_timeout); }

void HttpConnection::on_events(std::uint32_t events) {
  note_input(events);
  if ((events & (EPOLLERR | EPOLLHUP | EPOLLOUT)) != 0 && std::exchange(blocked_, false)) flush();
  read_now();
}

bool HttpConnection::wants_read() const {
  if (end_of_input_ || stage_ == Stage::kClosed || stage_ == Stage::kFlush) return false;
  if (is_lingering() || takes_input()) return true;
  return input_.size() - input_taken_ < kInputBytesMax;
}

bool HttpConnection::takes_input() const {
  switch (stage_) {
    case Stage::kHead:
    case Stage::kWholeBody:
    case Stage::kDiscard:
      return unsent() < kOutputBytesMax;
    case Stage::kBodyPieces:
      return !paused_ && unsent() < kStreamedOutputBytesMax;
    case Stage::kWorking:
    case Stage::kFlush:
    case Stage::kLinger:
    case Stage::kClosed:
      break;
  }
  return false;
}

void HttpConnection::take_input(std::string_view fresh) {
  if (input_.empty()) {
    const std::size_t used = process(fresh);
    if (used < fresh.size() && (stage_ < Stage::kFlush || was_detached_)) {
      input_.assign(fresh.substr(used));
    }
  } else {
    if (!fresh.empty()) {
      input_.erase(0, std::exchange(input_taken_, 0));
      input_.append(fresh);
    }
    input_taken_ += process(std::string_view(input_).substr(input_taken_));
    if (input_taken_ == input_.size()) {
      input_ = {};
      input_taken_ = 0;
    }
  }
  if (was_detached_) return pass_input_on();
  if (!takes_input()) return;
  if (!starved_) return schedule_processing();  // Stopped by answers that have left meanwhile.
  if (end_of_input_) end_without_request();
}

void HttpConnection::abort_at_end_of_input() {
  aborts_at_end_ = true;
  if (!end_of_input_) return;
  // Later: the handler is in the middle of something.
  boost::asio::post(server_->io.get_executor(), [self = self()] { self->abort_if_left(); });
}

void HttpConnection::abort_if_left() {
  if (end_of_input_ && aborts_at_end_ && exchange_ != nullptr && stage_ == Stage::kWorking) abort();
}

/// What followed the request on a connection that has become a stream is the stream's.
void HttpConnection::pass_input_on() {
  server_->streams.keep_input(detached_, std::exchange(input_, {}).substr(input_taken_));
  input_taken_ = 0;
}

/// Perhaps only half closed: what was asked for completely is still answered.
void HttpConnection::on_end_of_input() {
  end_of_input_ = true;
  take_input({});
  abort_if_left();
}

void HttpConnection::end_without_request() {
  if (stage_ == Stage::kDiscard || (stage_ == Stage::kHead && !reader_.started())) {
    close_in_order();
  } else {
    refuse_malformed({base::ErrorCode::kMalformedHttp, "the connection ended inside a request"});
  }
}

void HttpConnection::schedule_processing() {
  if (processing_ || processing_scheduled_) return;
  // A reader that is not starved has something to tell without another byte: a body's end.
  if (input_.empty() && !end_of_input_ && starved_) return;
  processing_scheduled_ = true;
  boost::asio::post(server_->io.get_executor(), [self = self()] {
    self->processing_scheduled_ = false;
    if (self->stage_ == Stage::kClosed) return;
    self->take_input({});
    self->read_on();
  });
}

/// What was read so far, and what follows, is HTTP/2: with prior knowledge (RFC 9113, 3.3).
void HttpConnection::become_http2(std::string_view bytes) {
  stage_ = Stage::kClosed;
  const auto next =
      std::make_shared<Http2Connection>(*server_, std::move(socket_), origin_, place_);
  server_->succeed(*this, next);
  next->start_with(bytes);
}

std::size_t HttpConnection::process(std::string_view input) {
  if (fresh_ && stage_ == Stage::kHead) {
    const PrefaceMatch match = match_http2_preface(input);
    if (match == PrefaceMatch::kWhole) {
      become_http2(input);
      return input.size();
    }
    starved_ = match == PrefaceMatch::kPart;
    if (starved_) return 0;
  }
  processing_ = true;
  starved_ = false;
  std::size_t used = 0;
  while (takes_input()) {
    const RequestReader::Step step = reader_.step(input.substr(used));
    used += step.consumed;
    corked_ = used < input.size();
    starved_ = step.event == RequestReader::Event::kNeedMore && step.consumed == 0;
    if (starved_) break;
    switch (step.event) {
      case RequestReader::Event::kNeedMore:
        break;
      case RequestReader::Event::kHead:
        on_head();
        break;
      case RequestReader::Event::kBody:
        on_body(step.body);
        break;
      case RequestReader::Event::kEnd:
        on_request_end();
        break;
      case RequestReader::Event::kFailed:
        refuse_malformed(reader_.error());
        break;
    }
  }
  processing_ = false;
  corked_ = false;
  if (stage_ == Stage::kHead && reader_.started() && !head_deadline_set_) {
    // From the head's first byte to its last, however the bytes drip.
    head_deadline_set_ = true;
    set_read_deadline(server_->settings.header_timeout);
  }
  if (stage_ != Stage::kClosed && owes()) flush();
  return used;
}

void HttpConnection::on_head() {
  server_->metrics.requests.add();
  read_deadline_ = 0;
  fresh_ = false;
  answer_started_ = false;
  paused_ = false;
  discarded_ = 0;
  const HeadMeaning& meaning = reader_.meaning();
  RequestHead& head = reader_.head();
  if (peer_text_.empty()) peer_text_ = origin_.peer.text();
  head.peer = peer_text_;
  head.role = origin_.role;
  head.secure = origin_.secure;
  if (origin_.client_subject != nullptr) head.client_subject = *origin_.client_subject;
  keep_alive_ = meaning.keep_alive;
  body_done_ = !head.has_body;
  answer_has_body_ = head.method != "HEAD";
  exchange_ = std::make_shared<HttpExchange>(*this, std::move(head));
  const std::shared_ptr<HttpExchange> exchange = exchange_;

  BodyPlan plan = server_->handler.plan(exchange->head());
  if (plan.kind == BodyPlan::Kind::kRefuse) return respond(std::move(plan.refusal));
  if (!exchange->head().has_body) {
    stage_ = Stage::kWorking;
    server_->handler.on_request(exchange);
    if (plan.kind == BodyPlan::Kind::kStream && exchange->alive()) {
      server_->handler.on_body_end(exchange);
    }
    return;
  }
  if (plan.kind == BodyPlan::Kind::kWhole) {
    collect_body(plan);
  } else {
    stage_ = Stage::kBodyPieces;
    set_read_deadline(server_->settings.body_timeout);
    server_->handler.on_request(exchange);
  }
  const bool reads_on = stage_ == Stage::kWholeBody || stage_ == Stage::kBodyPieces;
  if (reads_on && !answer_started_ && reader_.meaning().expects_continue && !corked_) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const iovec piece{const_cast<char*>(kContinue.data()), kContinue.size()};
    send({&piece, 1});
  }
}

void HttpConnection::collect_body(const BodyPlan& plan) {
  body_bytes_max_ = plan.bytes_max;
  const std::uint64_t announced = reader_.meaning().content_length.value_or(0);
  if (announced > plan.bytes_max) {
    return refuse(
        {base::ErrorCode::kBodyTooLarge,
         fmt::format("the body has {} bytes, at most {} are taken", announced, plan.bytes_max)});
  }
  stage_ = Stage::kWholeBody;
  body_began_ = server_->wheel.now();
  set_body_deadline();
  // A promise of many bytes costs nothing until they come.
  exchange_->body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(announced, 1 << 20)));
}

void HttpConnection::on_body(std::string_view piece) {
  if (stage_ == Stage::kDiscard) {
    discarded_ += piece.size();
    if (discarded_ > kDiscardBytesMax) close_in_order();
    return;
  }
  if (piece.empty()) return;
  if (stage_ == Stage::kWholeBody) {
    if (exchange_->body_.size() + piece.size() > body_bytes_max_) {
      return refuse({base::ErrorCode::kBodyTooLarge,
                     fmt::format("at most {} bytes are taken", body_bytes_max_)});
    }
    exchange_->body_.append(piece);
    set_body_deadline();
    return;
  }
  set_read_deadline(server_->settings.body_timeout);
  server_->handler.on_body(std::shared_ptr<HttpExchange>(exchange_), piece);
}

void HttpConnection::on_request_end() {
  body_done_ = true;
  read_deadline_ = 0;
  const std::shared_ptr<HttpExchange> exchange = exchange_;
  switch (std::exchange(stage_, Stage::kWorking)) {
    case Stage::kWholeBody:
      return server_->handler.on_request(exchange);
    case Stage::kBodyPieces:
      return server_->handler.on_body_end(exchange);
    default:  // kDiscard: answered already.
      return next_request();
  }
}

void HttpConnection::next_request() {
  reader_.reset(server_->head_limits);
  stage_ = Stage::kHead;
  aborts_at_end_ = false;
  head_deadline_set_ = false;
  set_read_deadline(server_->settings.idle_timeout);
}

bool HttpConnection::can_discard_body() const {
  if (body_done_) return true;
  // A client that waits for 100 may send the body or not: the next request could start anywhere.
  if (reader_.meaning().expects_continue) return false;
  return reader_.body_left().value_or(kDiscardBytesMax + 1) <= kDiscardBytesMax;
}

void HttpConnection::pause_body() {
  paused_ = true;
  read_deadline_ = 0;
}

void HttpConnection::resume_body() {
  if (!std::exchange(paused_, false) || stage_ != Stage::kBodyPieces) return;
  set_read_deadline(server_->settings.body_timeout);
  schedule_processing();
  read_on();
}

void HttpConnection::set_read_deadline(std::chrono::milliseconds from_now) {
  read_deadline_ = server_->wheel.now() + server_->ticks(from_now);
  arm_wheel();
}

void HttpConnection::set_body_deadline() {
  const auto silence = server_->settings.body_timeout;
  const std::chrono::milliseconds earned(exchange_->body_.size() * 1000 / kBodyBytesPerSecondMin);
  read_deadline_ = std::min(server_->wheel.now() + server_->ticks(silence),
                            body_began_ + server_->ticks(silence + earned));
  arm_wheel();
}

void HttpConnection::set_write_deadline() {
  write_deadline_ = server_->wheel.now() + server_->ticks(server_->settings.body_timeout);
  arm_wheel();
}

void HttpConnection::arm_wheel() {
  std::uint64_t next = read_deadline_;
  if (write_deadline_ != 0 && (next == 0 || write_deadline_ < next)) next = write_deadline_;
  // An entry that comes sooner will look again, so a deadline that moves costs nothing; one per
  // request would fill the wheel.
  if (next == 0 || (armed_tick_ != 0 && armed_tick_ <= next)) return;
  armed_tick_ = std::min(next, server_->wheel.now() + server_->recheck_ticks);
  server_->arm_wheel(*this, armed_tick_);
}

void HttpConnection::on_tick(std::uint64_t entry_tick) {
  if (stage_ == Stage::kClosed || entry_tick != armed_tick_) return;
  armed_tick_ = 0;
  const std::uint64_t now = server_->wheel.now();
  if (write_deadline_ != 0 && write_deadline_ <= now) {
    server_->metrics.timeouts_body.add();
    return abort();
  }
  if (read_deadline_ != 0 && read_deadline_ <= now) {
    read_deadline_ = 0;
    on_read_deadline();
  }
  if (stage_ != Stage::kClosed) arm_wheel();
}

/// The shard may have been busy for longer than the grace: what came meanwhile is answered.
void HttpConnection::end_of_grace() {
  if (!socket_.has_unread()) return owes() ? close_in_order() : close_idle();
  set_read_deadline(server_->drain_grace);
  readable_ = true;
  read_now();
}

void HttpConnection::on_read_deadline() {
  HttpMetrics& metrics = server_->metrics;
  switch (stage_) {
    case Stage::kHead:
      if (!reader_.started()) {
        if (server_->draining) return end_of_grace();
        // Not idle: the client is still taking the last answer.
        if (owes()) return set_read_deadline(server_->settings.idle_timeout);
        (fresh_ ? metrics.timeouts_header : metrics.timeouts_idle).add();
        return close_idle();
      }
      metrics.timeouts_header.add();
      return refuse({base::ErrorCode::kRequestTimeout, "the head did not arrive in time"});
    case Stage::kWholeBody:
    case Stage::kBodyPieces:
      metrics.timeouts_body.add();
      return refuse({base::ErrorCode::kRequestTimeout, "the body did not arrive in time"});
    case Stage::kDiscard:
      return close_in_order();
    default:
      return close();
  }
}

}  // namespace weir::net
