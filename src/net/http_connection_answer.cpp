// The writing half of a connection: answers, and the ways in which a connection ends.

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>

#include "net/ascii.hpp"
#include "net/http_connection.hpp"

#include "net/response_writer.hpp"
#include "proto/sse_encode.hpp"

namespace weir::net {
namespace {

constexpr std::size_t kCopiedBodyBytesMax = 2048;

iovec piece_of(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

bool asks_to_close(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (equal_ignoring_case(name, "connection") && equal_ignoring_case(value, "close")) return true;
  }
  return false;
}

}  // namespace

void HttpConnection::respond(Response response) {
  if (answer_started_) return;
  if (!can_discard_body()) keep_alive_ = false;
  begin_answer(response, Framing::kLength);
  // Nothing is left to tell the handler, whatever becomes of the bytes.
  untie_exchange(false);
  send_answer(response.body);
  complete_answer();
}

void HttpConnection::start_response(Response head) {
  if (answer_started_) return;
  const bool chunked = exchange_->head().minor_version >= 1;
  // The end of an HTTP/1.0 answer whose length is unknown is the end of the connection.
  if (!chunked) keep_alive_ = false;
  begin_answer(head, chunked ? Framing::kChunked : Framing::kClose);
  answer_chunked_ = chunked;
  const iovec piece = piece_of(server_->head_buffer);
  send({&piece, 1});
}

void HttpConnection::write(std::string_view bytes) {
  if (!answer_started_ || !answer_has_body_ || bytes.empty()) return;
  if (!answer_chunked_) {
    const iovec piece = piece_of(bytes);
    return send({&piece, 1});
  }
  const std::string size = fmt::format("{:x}\r\n", bytes.size());
  const std::array pieces{piece_of(size), piece_of(bytes), piece_of("\r\n")};
  send(pieces);
}

void HttpConnection::finish() {
  if (!answer_started_) return;
  if (!can_discard_body()) keep_alive_ = false;
  untie_exchange(false);
  if (answer_chunked_ && answer_has_body_) {
    const iovec piece = piece_of("0\r\n\r\n");
    send({&piece, 1});
  }
  complete_answer();
}

void HttpConnection::begin_answer(const Response& response, Framing framing) {
  answer_started_ = true;
  if (server_->draining || asks_to_close(response)) keep_alive_ = false;
  answer_has_body_ = answer_has_body_ && status_has_body(response.status);
  server_->metrics.count_answer(response.status);
  server_->head_buffer.clear();
  append_response_head(server_->head_buffer, response,
                       {.framing = framing,
                        .minor_version = exchange_ ? exchange_->head().minor_version : 1,
                        .keep_alive = keep_alive_,
                        .date = server_->date});
}

/// The head that has been put together, and the body.
void HttpConnection::send_answer(std::string_view body) {
  std::string& head = server_->head_buffer;
  if (!answer_has_body_) body = {};
  // Copying a little costs less than gathering two pieces.
  const bool copied = body.size() <= kCopiedBodyBytesMax;
  if (copied) head.append(body);
  const std::array pieces{piece_of(head), piece_of(body)};
  send({pieces.data(), copied ? std::size_t{1} : std::size_t{2}});
}

void HttpConnection::complete_answer() {
  if (stage_ == Stage::kClosed) return;
  if (!keep_alive_) {
    close_in_order();
  } else if (body_done_) {
    next_request();
  } else {
    stage_ = Stage::kDiscard;
    set_read_deadline(server_->settings.body_timeout);
  }
  // From within `process` the loop there goes on; otherwise a pipelined request may be waiting.
  schedule_processing();
  read_on();
}

void HttpConnection::refuse_malformed(const base::Error& error) {
  server_->metrics.requests_malformed.add();
  refuse(error);
}

void HttpConnection::refuse(const base::Error& error) {
  read_deadline_ = 0;
  keep_alive_ = false;
  const bool half_answered = exchange_ != nullptr && answer_started_;
  // A handler that already has the request hears that the rest will not come.
  const bool told = stage_ == Stage::kBodyPieces;
  if (half_answered) {
    untie_exchange(true);
    return close();
  }
  if (stage_ == Stage::kHead) answer_has_body_ = true;
  Response response = refusal_response(error);
  if (const RequestHead* head = exchange_ ? &exchange_->head() : reader_.parsed_head()) {
    server_->handler.complete_refusal(*head, response);
  }
  begin_answer(response, Framing::kLength);
  send_answer(response.body);
  untie_exchange(told);
  if (stage_ != Stage::kClosed) close_in_order();
}

void HttpConnection::start_refusing() {
  set_read_deadline(server_->settings.header_timeout);
  refuse({base::ErrorCode::kTooManyConnections, {}});
}

OpenStream HttpConnection::detach(StreamOwner owner, StreamOpening opening) {
  const int minor_version = exchange_->head().minor_version;
  const bool chunked = minor_version >= 1 && opening.response.status != 101;
  // Before it, answers to requests that were pipelined before this one.
  auto bytes = std::make_shared<std::string>(std::exchange(out_, {}), std::exchange(out_sent_, 0));
  append_response_head(*bytes, opening.response,
                       {.framing = chunked ? Framing::kChunked : Framing::kClose,
                        .minor_version = minor_version,
                        .keep_alive = minor_version >= 1,
                        .date = server_->date});
  *bytes += chunked ? proto::as_chunk(opening.response.body) : opening.response.body;

  untie_exchange(false);
  server_->edges.remove(socket_.descriptor());
  if (server_->settings.send_buffer_bytes > 0) {
    set_option(socket_.descriptor(), SOL_SOCKET, SO_SNDBUF,
               static_cast<int>(server_->settings.send_buffer_bytes));
  }
  StreamTable& streams = server_->streams;
  detached_ = streams.adopt(std::move(socket_), owner, opening.incoming);
  was_detached_ = true;
  stage_ = Stage::kClosed;
  server_->release(*this);

  const iovec piece = piece_of(*bytes);
  const StreamTable::Written written = streams.write(detached_, {&piece, 1});
  const bool blocked = written.status == StreamTable::WriteStatus::kBlocked;
  if (blocked) {
    streams.keep_tail(detached_, bytes, std::string_view(*bytes).substr(written.bytes));
  }
  // Within `process` the rest of the input is still in its hands, and passed on afterwards.
  if (!processing_) pass_input_on();
  return {detached_, blocked};
}

void HttpConnection::send(std::span<const iovec> pieces) {
  if (stage_ == Stage::kClosed) return;
  std::size_t skip = 0;
  const bool at_once = !owes() && !corked_;
  if (at_once) {
    const ssize_t sent = socket_.send(pieces);
    if (sent < 0 && !would_block(errno)) return abort();
    skip = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    server_->metrics.bytes_sent.add(skip);
  }
  for (const iovec& piece : pieces) {
    const std::string_view text(static_cast<const char*>(piece.iov_base), piece.iov_len);
    const std::size_t sent = std::min(skip, text.size());
    skip -= sent;
    out_.append(text.substr(sent));
  }
  if (!owes() || corked_) return;
  if (at_once) {
    block();
  } else if (!processing_) {
    flush();
  }
}

void HttpConnection::flush() {
  if (blocked_) return;
  ssize_t sent = socket_.flush();
  if (sent == 0 && unsent() > 0) {
    const iovec piece = piece_of(std::string_view(out_).substr(out_sent_));
    sent = socket_.send({&piece, 1});
  }
  if (sent < 0 && !would_block(errno)) return abort();
  if (sent > 0) {
    out_sent_ += static_cast<std::size_t>(sent);
    server_->metrics.bytes_sent.add(static_cast<std::size_t>(sent));
    write_deadline_ = 0;
  }
  if (owes()) return block();
  out_ = {};
  out_sent_ = 0;
  after_flush();
}

/// The socket is full, so the kernel owes an edge.
void HttpConnection::block() {
  blocked_ = true;
  if (write_deadline_ == 0) set_write_deadline();
}

void HttpConnection::after_flush() {
  write_deadline_ = 0;
  if (stage_ == Stage::kFlush) return linger();
  schedule_processing();
  read_on();
}

void HttpConnection::close_in_order() {
  stage_ = Stage::kFlush;
  read_deadline_ = 0;
  if (!owes()) return linger();
  if (!processing_) flush();
}

void HttpConnection::linger() {
  // Closing with unread input would reset the connection and take the answer away from the client
  // (RFC 9112, 9.6): our half is closed, and what still comes is dropped for a while.
  socket_.finish_sending();
  if (end_of_input_) return close();
  stage_ = Stage::kLinger;
  ++server_->lingering;
  set_read_deadline(HttpServer::Impl::kLingerTime);
  read_on();
}

/// Nothing is under way: the client loses nothing, and needs no time to read anything.
void HttpConnection::close_idle() {
  socket_.finish_sending();
  close();
}

void HttpConnection::drain() {
  keep_alive_ = false;
  if (stage_ != Stage::kHead || reader_.started()) return;
  if (server_->drain_grace.count() > 0) {
    // Its next request may be on its way; answered, it is the last (`begin_answer`).
    const std::uint64_t end = server_->wheel.now() + server_->ticks(server_->drain_grace);
    if (read_deadline_ == 0 || end < read_deadline_) {
      read_deadline_ = end;
      arm_wheel();
    }
    return;
  }
  // A request that is in the kernel already is answered; an idle client has nothing to lose.
  if (socket_.has_unread()) return;
  if (!owes()) {
    close_idle();
  } else {
    close_in_order();
  }
}

void HttpConnection::abort() {
  if (stage_ == Stage::kClosed) return;
  untie_exchange(true);
  close();
}

void HttpConnection::close() {
  if (stage_ == Stage::kClosed) return;
  untie_exchange(true);
  if (std::exchange(stage_, Stage::kClosed) == Stage::kLinger) --server_->lingering;
  socket_.close();
  server_->release(*this);
}

void HttpConnection::untie_exchange(bool aborted) {
  if (exchange_ == nullptr) return;
  const std::shared_ptr<HttpExchange> exchange = std::exchange(exchange_, nullptr);
  exchange->untie();
  auto callback = std::exchange(exchange->aborted_, nullptr);
  if (!aborted || !callback) return;
  // Later, because the handler may be in the middle of a call to this very exchange; which is kept
  // until then, because a handler may know it by its address.
  boost::asio::post(server_->io.get_executor(), [exchange, told = std::move(callback)] { told(); });
}

}  // namespace weir::net
