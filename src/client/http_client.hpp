#pragma once

// An HTTP/1.1 client that blocks, for the command line and for tests:
//
//   HttpClient client(*parse_url("http://127.0.0.1:3000"));
//   auto answer = client.fetch({.method = "GET", .target = "/v1/topics"});
//
// or, for bodies that stream in either direction, `begin`, then `write` … `finish_body`, and
// `receive` until it says false.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "client/response_parser.hpp"
#include "client/socket.hpp"
#include "client/url.hpp"

namespace weir::client {

struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< Path and query, percent-encoded.
  Headers headers = {};      ///< Besides Host and the body's length.
  std::string body = {};  ///< Sent with Content-Length if not empty, and always for POST and PUT.
};

struct Response {
  ResponseHead head;
  std::string body;
};

struct Timeouts {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds silence{30'000};  ///< Nothing can be sent, or nothing comes back.
};

/// Holds at most one connection to one server and opens it when it is needed; it is kept for the
/// next request where both sides allow. One thread. All errors are kNetwork; an error closes the
/// connection.
class HttpClient {
 public:
  using OnBody = std::function<void(std::string_view)>;

  /// Only the URL's host and port count. `interrupt` may be null and otherwise outlives the client.
  explicit HttpClient(Url server, Timeouts timeouts = {}, const Interrupt* interrupt = nullptr);

  /// One request and its whole answer, at most `body_bytes_max` of it. A kept connection that turns
  /// out to be closed is replaced once, silently; nothing was answered then. Redirects are not
  /// followed.
  base::Result<Response> fetch(const Request& request, std::size_t body_bytes_max = 64 << 20);

  /// Sends a request; the answer's body will go to `on_body`. With `streaming`, the body follows by
  /// `write`, chunked, and `request.body` is ignored.
  base::Result<> begin(const Request& request, OnBody on_body, bool streaming = false);

  /// Sends a piece of the body. What is answered meanwhile is taken, so that neither side waits for
  /// the other for ever. False when the answer is complete already: nothing more will be read of
  /// the body.
  base::Result<bool> write(std::string_view piece);
  base::Result<> finish_body();

  /// Waits for more of the answer; false once it is complete. With `timeout` over, kNetwork.
  base::Result<bool> receive();
  base::Result<bool> receive(std::chrono::milliseconds timeout);

  /// Waits until `other` is readable or the timeout is over (false), taking what is answered
  /// meanwhile.
  base::Result<bool> receive_until_readable(int other, std::chrono::milliseconds timeout);

  /// The answer's head, once it is there. Valid until the next `begin`.
  const ResponseHead* head() const;
  bool complete() const { return parser_ && parser_->complete(); }
  /// Whether any byte of this answer has come.
  bool answered() const { return answered_; }
  void close();

 private:
  base::Result<> connect();
  base::Result<> send(std::string_view bytes);
  base::Result<> take_what_came();
  bool reset_for(OnBody on_body);

  Url server_;
  Timeouts timeouts_;
  const Interrupt* interrupt_;
  Socket socket_;
  std::optional<ResponseParser> parser_;
  bool answered_ = false;
};

}  // namespace weir::client
