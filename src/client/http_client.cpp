#include "client/http_client.hpp"

#include <fmt/format.h>

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

HttpClient::HttpClient(Url server, Timeouts timeouts, const Interrupt* interrupt)
    : server_(std::move(server)), timeouts_(timeouts), interrupt_(interrupt) {}

const ResponseHead* HttpClient::head() const {
  return parser_ && parser_->head_complete() ? &parser_->head() : nullptr;
}

void HttpClient::close() { socket_.close(); }

Result<> HttpClient::connect() {
  auto socket = Socket::connect(server_.host, server_.port, timeouts_.connect, interrupt_);
  if (!socket) return socket.error();
  socket_ = std::move(*socket);
  return {};
}

/// Readies for the next answer; true if the connection of the last one can be used again.
bool HttpClient::reset_for(OnBody on_body) {
  const bool reusable =
      socket_.is_open() && parser_ && parser_->complete() && parser_->keep_alive();
  if (!reusable) socket_.close();
  parser_.emplace(std::move(on_body));
  answered_ = false;
  return reusable;
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

Result<Response> HttpClient::fetch(const Request& request, std::size_t body_bytes_max) {
  for (;;) {
    const bool kept = socket_.is_open();
    Response response;
    bool too_large = false;
    auto result = begin(request, [&](std::string_view piece) {
      too_large = too_large || response.body.size() + piece.size() > body_bytes_max;
      if (!too_large) response.body.append(piece);
    });
    while (result && !complete() && !too_large) {
      const auto more = receive();
      if (!more) result = more.error();
    }
    if (too_large) {
      close();
      return make_error(ErrorCode::kNetwork, "the server's answer is larger than expected");
    }
    if (result) {
      response.head = parser_->head();
      return response;
    }
    const bool stale = kept && !answered_;
    close();
    if (!stale || (interrupt_ != nullptr && interrupt_->triggered())) return result.error();
  }
}

Result<> HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = socket_.write_some(bytes);
    if (!written) {
      // A server that refuses a body closes; its answer may be there already and says why.
      const auto taken = take_what_came();
      if (taken && complete()) return {};
      socket_.close();
      return written.error();
    }
    if (*written != Socket::kWouldBlock) {
      bytes.remove_prefix(*written);
      continue;
    }
    const auto ready = socket_.wait(true, timeouts_.silence);
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

/// Reads until nothing more is there, without waiting.
Result<> HttpClient::take_what_came() {
  std::array<char, 64 * 1024> buffer;
  while (socket_.is_open() && !complete()) {
    const auto n = socket_.read_some(buffer.data(), buffer.size());
    if (!n) {
      socket_.close();
      return n.error();
    }
    if (*n == Socket::kWouldBlock) return {};
    if (*n == 0) {
      socket_.close();
      return parser_->finish();
    }
    answered_ = true;
    const auto used = parser_->feed({buffer.data(), *n});
    if (!used) {
      socket_.close();
      return used.error();
    }
    // Bytes after the end belong to no request of ours.
    if (*used < *n) socket_.close();
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

Result<bool> HttpClient::receive(milliseconds timeout) {
  if (complete()) return false;
  if (!socket_.is_open()) return make_error(ErrorCode::kNetwork, "the connection broke");
  const auto ready = socket_.wait(false, timeout);
  if (!ready) return ready.error();
  if (!ready->readable) {
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
    const auto ready =
        socket_.wait(false, timeout.count() < 0 ? timeout : std::max(left, milliseconds(0)), other);
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
