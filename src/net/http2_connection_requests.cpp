// From a header block to a handler: heads, bodies and refusals of an HTTP/2 connection's requests.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/http2_connection.hpp"

namespace weir::net {
namespace {

// As for HTTP/1.1 (http_connection.cpp).
constexpr std::size_t kBodyBytesPerSecondMin = 16 * 1024;
// So much of a body is handed on before it is looked again whether its answer has room: a few bytes
// of a body may become hundreds of an answer.
constexpr std::size_t kPieceBytesMax = 64 * 1024;

}  // namespace

void Http2Connection::advance(Http2Stream& stream) {
  if (stream.request != nullptr && stream.request->head_complete &&
      !std::exchange(stream.request->planned, true)) {
    // Many may come at once; none of these has been looked at, so it may be sent again.
    if (unsent_bytes_ > kAnswerBytesMax) return reset_stream(stream, NGHTTP2_REFUSED_STREAM);
    on_head(stream);
  }
  if (!stream.is_parked && stream.request != nullptr && stream.request->planned) {
    take_body(stream);
  }
  if (stream.is_parked) deliver_input(stream);
}

void Http2Connection::on_head(Http2Stream& stream) {
  server_->metrics.requests.add();
  Http2Request& request = *stream.request;
  auto meaning = request.fields.finish(server_->head_limits);
  RequestHead& head = request.fields.head();
  if (peer_text_.empty()) peer_text_ = origin_.peer.text();
  head.peer = peer_text_;
  head.role = origin_.role;
  head.secure = origin_.secure;
  request.answer_has_body = head.method != "HEAD";
  if (!meaning) {
    server_->metrics.requests_malformed.add();
    return refuse(stream, meaning.error());
  }
  request.meaning = *meaning;
  // nghttp2 would go through the answers one by one in their order. What a client says of a
  // request's priority it has heard (RFC 9218).
  if (!head.headers.get("priority")) {
    const nghttp2_extpri beside_others{.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
    nghttp2_session_change_extpri_stream_priority(session_, stream.id, &beside_others, 0);
  }
  request.exchange = std::make_shared<Http2Exchange>(*this, stream, std::move(head));
  plan_request(stream);
}

void Http2Connection::plan_request(Http2Stream& stream) {
  Http2Request& request = *stream.request;
  const std::shared_ptr<Http2Exchange> exchange = request.exchange;
  BodyPlan plan = server_->handler.plan(exchange->head());
  if (plan.kind == BodyPlan::Kind::kRefuse) return respond(stream, std::move(plan.refusal));
  if (!exchange->head().has_body) {
    request.stage = Http2Request::Stage::kWorking;
    server_->handler.on_request(exchange);
    if (plan.kind == BodyPlan::Kind::kStream && exchange->alive()) {
      server_->handler.on_body_end(exchange);
    }
    return;
  }
  if (plan.kind == BodyPlan::Kind::kWhole) {
    if (!collect_body(stream, plan)) return;
  } else {
    request.stage = Http2Request::Stage::kBodyPieces;
    request.streamed = true;
    request.read_deadline = ticks_from_now(server_->settings.body_timeout);
    arm(request.read_deadline);
    server_->handler.on_request(exchange);
    if (!exchange->alive()) return;
  }
  if (request.meaning.expects_continue && !request.answer_begun && !stream.input_ended &&
      request.arrived.empty()) {
    std::string name = ":status";
    std::string value = "100";
    const nghttp2_nv field{reinterpret_cast<std::uint8_t*>(name.data()),
                           reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                           NGHTTP2_NV_FLAG_NONE};
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id, nullptr, &field, 1, nullptr);
  }
}

bool Http2Connection::collect_body(Http2Stream& stream, const BodyPlan& plan) {
  Http2Request& request = *stream.request;
  request.body_bytes_max = plan.bytes_max;
  const std::uint64_t announced = request.meaning.content_length.value_or(0);
  if (announced > plan.bytes_max) {
    refuse(stream,
           {base::ErrorCode::kBodyTooLarge,
            fmt::format("the body has {} bytes, at most {} are taken", announced, plan.bytes_max)});
    return false;
  }
  request.stage = Http2Request::Stage::kWholeBody;
  request.body_began = server_->wheel.now();
  set_body_deadline(request);
  return true;
}

/// What has come of the body. nghttp2 holds it to its Content-Length (RFC 9113, 8.1.1).
void Http2Connection::take_body(Http2Stream& stream) {
  // Whoever answers may say after each piece that it waits, or be done.
  const std::shared_ptr<Http2Exchange> exchange = stream.request->exchange;
  while (may_take_piece(stream) && !stream.request->arrived.empty()) {
    take_piece(stream);
    if (stream.request == nullptr || (exchange != nullptr && !exchange->alive())) return;
  }
  const Http2Request& request = *stream.request;
  if (stream.input_ended && request.stage != Http2Request::Stage::kWorking &&
      may_take_piece(stream)) {
    on_body_end(stream);
  }
}

/// A body that is handed on waits for its handler, and for the client to take answers.
bool Http2Connection::may_take_piece(Http2Stream& stream) {
  Http2Request& request = *stream.request;
  if (request.stage != Http2Request::Stage::kBodyPieces) return true;
  if (request.paused) return false;
  if (answer_bytes() < kAnswerBytesMax) return true;
  if (!std::exchange(bodies_wait_, true)) server_->metrics.http2_bodies_waited.add();
  // What the client does not take has a deadline of its own.
  request.read_deadline = 0;
  return false;
}

void Http2Connection::take_piece(Http2Stream& stream) {
  Http2Request& request = *stream.request;
  const std::shared_ptr<Http2Exchange> exchange = request.exchange;
  std::string piece;
  if (request.stage == Http2Request::Stage::kBodyPieces &&
      request.arrived.size() > kPieceBytesMax) {
    piece = request.arrived.substr(0, kPieceBytesMax);
    request.arrived.erase(0, kPieceBytesMax);
  } else {
    piece = std::exchange(request.arrived, {});
  }
  request.body_bytes += piece.size();
  if (request.stage != Http2Request::Stage::kWholeBody) held_bytes_ -= piece.size();
  // What nobody wants gets no credit for more of it; `stop_upload` tells the client.
  if (request.stage == Http2Request::Stage::kWorking) return;
  nghttp2_session_consume_stream(session_, stream.id, piece.size());
  if (request.stage == Http2Request::Stage::kWholeBody) {
    exchange->body_.append(piece);
    if (exchange->body_.size() > request.body_bytes_max) {
      return refuse(stream, {base::ErrorCode::kBodyTooLarge,
                             fmt::format("at most {} bytes are taken", request.body_bytes_max)});
    }
    return set_body_deadline(request);
  }
  request.read_deadline = ticks_from_now(server_->settings.body_timeout);
  arm(request.read_deadline);
  server_->handler.on_body(exchange, piece);
}

void Http2Connection::on_body_end(Http2Stream& stream) {
  Http2Request& request = *stream.request;
  const std::shared_ptr<Http2Exchange> exchange = request.exchange;
  request.read_deadline = 0;
  if (std::exchange(request.stage, Http2Request::Stage::kWorking) ==
      Http2Request::Stage::kWholeBody) {
    server_->handler.on_request(exchange);
  } else {
    server_->handler.on_body_end(exchange);
  }
}

void Http2Connection::refuse(Http2Stream& stream, const base::Error& error) {
  Http2Request& request = *stream.request;
  request.read_deadline = 0;
  // A handler that already has the request hears that the rest will not come.
  const bool told = request.stage == Http2Request::Stage::kBodyPieces;
  if (request.answer_begun) {
    untie_exchange(stream, true);
    return reset_stream(stream, NGHTTP2_CANCEL);
  }
  Response response = refusal_response(error);
  const RequestHead& head = request.exchange ? request.exchange->head() : request.fields.head();
  server_->handler.complete_refusal(head, response);
  if (told) untie_exchange(stream, true);
  respond(stream, std::move(response));
}

void Http2Connection::set_body_deadline(Http2Request& request) {
  const auto silence = server_->settings.body_timeout;
  const std::chrono::milliseconds earned(request.body_bytes * 1000 / kBodyBytesPerSecondMin);
  request.read_deadline =
      std::min(ticks_from_now(silence), request.body_began + server_->ticks(silence + earned));
  arm(request.read_deadline);
}

}  // namespace weir::net
