#include "client/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"

namespace weir::client {
namespace {

using base::Error;
using base::ErrorCode;
using base::make_error;
using base::Result;
using std::chrono::milliseconds;

Error silent(milliseconds timeout) {
  return make_error(ErrorCode::kNetwork,
                    fmt::format("the server was silent for {} s", timeout.count() / 1000.0));
}

/// RFC 9110, 9.2.2.
bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> kIdempotent = {"GET",    "HEAD",    "PUT",
                                                           "DELETE", "OPTIONS", "TRACE"};
  return std::find(kIdempotent.begin(), kIdempotent.end(), method) != kIdempotent.end();
}

std::string head_text(const Url& server, const Request& request, bool streaming) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.target,
                                server.authority);
  for (const auto& [name, value] : request.headers) out += fmt::format("{}: {}\r\n", name, value);
  if (streaming) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    out += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  return out + "\r\n";
}

}  // namespace

HttpClient::HttpClient(Url server, Timeouts timeouts, const Interrupt* interrupt,
                       ConnectionOptions connection)
    : server_(std::move(server)),
      timeouts_(timeouts),
      interrupt_(interrupt),
      options_(std::move(connection)) {}

const ResponseHead* HttpClient::head() const {
  return parser_ && parser_->head_complete() ? &parser_->head() : nullptr;
}

void HttpClient::close() { connection_.close(); }

Result<> HttpClient::connect() {
  if (connection_.is_open()) return {};
  auto connection = Connection::open(server_, limited(timeouts_.connect), options_, interrupt_);
  if (!connection) return connection.error();
  connection_ = std::move(*connection);
  return {};
}

/// What is left of a timeout when the whole request has one, too.
milliseconds HttpClient::limited(milliseconds timeout) const {
  if (timeouts_.total.count() == 0 || deadline_ == std::chrono::steady_clock::time_point{}) {
    return timeout;
  }
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - std::chrono::steady_clock::now());
  return std::clamp(left, milliseconds(0), timeout);
}

/// Readies for the next answer; true if the connection of the last one can be used again.
bool HttpClient::reset_for(OnBody on_body) {
  deadline_ = std::chrono::steady_clock::now() + timeouts_.total;
  const bool reusable = connection_.is_open() &&
                        (!parser_ || (parser_->complete() && parser_->keep_alive())) && is_quiet();
  if (!reusable) connection_.close();
  parser_.emplace(std::move(on_body));
  answered_ = false;
  return reusable;
}

/// Between two answers a server has nothing to say but that it closes. Better seen before a request
/// is sent than after.
bool HttpClient::is_quiet() const {
  char byte = 0;
  const auto read = connection_.read_some(&byte, 1);
  return read && *read == Socket::kWouldBlock;
}

Result<> HttpClient::begin(const Request& request, OnBody on_body, bool streaming) {
  if (!reset_for(std::move(on_body))) {
    const auto connected = connect();
    if (!connected) return connected.error();
  }
  std::string bytes = head_text(server_, request, streaming);
  if (!streaming) bytes += request.body;
  return send(bytes);
}

/// A request and its answer, until it is complete or `enough` is set. What a kept connection cost
/// that was closed meanwhile is repeated on a new one, if it may be.
Result<> HttpClient::exchange(const Request& request, const OnBody& on_body, const bool& enough) {
  const bool may_repeat = request.repeatable || is_idempotent(request.method);
  for (;;) {
    const bool kept = connection_.is_open();
    auto result = begin(request, on_body);
    while (result && !complete() && !enough) {
      const auto more = receive();
      if (!more) result = more.error();
    }
    if (enough) close();
    if (result || enough) return {};
    const bool stale = kept && !answered_;
    close();
    if (!stale || !may_repeat || (interrupt_ != nullptr && interrupt_->triggered())) return result;
  }
}

Result<Response> HttpClient::fetch(const Request& request, std::size_t body_bytes_max) {
  Response response;
  bool too_large = false;
  const auto done = exchange(
      request,
      [&](std::string_view piece) {
        too_large = too_large || response.body.size() + piece.size() > body_bytes_max;
        if (!too_large) response.body.append(piece);
      },
      too_large);
  if (!done) return done.error();
  if (too_large) {
    return make_error(ErrorCode::kNetwork, "the server's answer is larger than expected");
  }
  response.head = parser_->head();
  return response;
}

Result<ResponseHead> HttpClient::fetch_head(const Request& request, std::size_t body_bytes_max) {
  std::size_t bytes = 0;
  bool enough = false;
  const auto done = exchange(
      request,
      [&](std::string_view piece) {
        bytes += piece.size();
        enough = bytes > body_bytes_max;
      },
      enough);
  // What went wrong in a body that nobody looks at does not matter.
  if (!done && head() == nullptr) return done.error();
  return parser_->head();
}

Result<> HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = connection_.write_some(bytes);
    if (!written) {
      // A server that refuses a body closes; its answer may be there already and says why.
      const auto taken = take_what_came();
      if (taken && complete()) return {};
      connection_.close();
      return written.error();
    }
    if (*written != Socket::kWouldBlock) {
      bytes.remove_prefix(*written);
      continue;
    }
    const auto ready = connection_.wait(true, limited(timeouts_.silence));
    if (!ready) return ready.error();
    if (!ready->readable && !ready->writable) {
      close();
      return silent(timeouts_.silence);
    }
    if (ready->readable) {
      const auto taken = take_what_came();
      if (!taken) return taken.error();
      if (complete()) return {};
    }
  }
  return {};
}

/// Reads what is there, without waiting, and no more than a few buffers of it: a server that always
/// has more must not keep the caller from its interrupt and its limits.
Result<> HttpClient::take_what_came() {
  constexpr int kReadsMax = 4;
  std::array<char, 64 * 1024> buffer;
  for (int reads = 0; reads < kReadsMax && connection_.is_open() && !complete(); ++reads) {
    const auto n = connection_.read_some(buffer.data(), buffer.size());
    if (!n) {
      connection_.close();
      return n.error();
    }
    if (*n == Socket::kWouldBlock) return {};
    if (*n == 0) {
      connection_.close();
      return parser_->finish();
    }
    answered_ = true;
    const auto used = parser_->feed({buffer.data(), *n});
    if (!used) {
      connection_.close();
      return used.error();
    }
    // Bytes after the end belong to no request of ours.
    if (*used < *n) connection_.close();
  }
  return {};
}

Result<bool> HttpClient::write(std::string_view piece) {
  WEIR_CHECK(parser_.has_value(), "write without begin");
  if (complete()) return false;
  if (piece.empty()) return true;  // An empty chunk would be the last one.
  std::string chunk = fmt::format("{:x}\r\n", piece.size());
  chunk.append(piece).append("\r\n");
  const auto sent = send(chunk);
  if (!sent) return sent.error();
  return !complete();
}

Result<> HttpClient::finish_body() {
  if (complete()) {
    close();  // The rest of the body was never sent: nothing may follow it.
    return {};
  }
  return send("0\r\n\r\n");
}

Result<bool> HttpClient::receive() { return receive(timeouts_.silence); }

Result<bool> HttpClient::receive(milliseconds timeout, int other) {
  if (complete()) return false;
  if (!connection_.is_open()) return make_error(ErrorCode::kNetwork, "the connection broke");
  const auto patience = limited(timeout);
  const auto ready = connection_.wait(false, patience, other);
  if (!ready) return ready.error();
  if (!ready->readable && ready->other) return true;
  // Out of time is out of time, also for a server that drips.
  const bool late = patience.count() == 0 && timeout.count() > 0;
  if (!ready->readable || late) {
    close();
    return silent(timeout);
  }
  const auto taken = take_what_came();
  if (!taken) return taken.error();
  return !complete();
}

Result<bool> HttpClient::receive_until_readable(int other, milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto ready = connection_.wait(
        false, timeout.count() < 0 ? timeout : std::max(left, milliseconds(0)), other);
    if (!ready) return ready.error();
    if (ready->readable) {
      const auto taken = take_what_came();
      if (!taken) return taken.error();
      if (complete()) return true;
    }
    if (ready->other) return true;
    if (!ready->readable) return false;
  }
}

}  // namespace weir::client
