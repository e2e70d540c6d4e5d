#pragma once

// An HTTP/1.1 client that blocks, for the command line, for webhooks and for tests:
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
#include "client/connection.hpp"
#include "client/response_parser.hpp"
#include "client/url.hpp"

namespace weir::client {

struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< Path and query, percent-encoded.
  Headers headers = {};      ///< Besides Host and the body's length.
  std::string body = {};  ///< Sent with Content-Length if not empty, and always for POST and PUT.
  /// Whatever the method, the server takes a repetition for what it is (RFC 9110, 9.2.2).
  bool repeatable = false;
};

struct Response {
  ResponseHead head;
  std::string body;
};

struct Timeouts {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds silence{30'000};  ///< Nothing can be sent, or nothing comes back.
  /// For sending a request and receiving its answer together; 0: no limit.
  std::chrono::milliseconds total{0};
};

/// Holds at most one connection to one server and opens it when it is needed; it is kept for the
/// next request where both sides allow. One thread. All errors are kNetwork; an error closes the
/// connection.
class HttpClient {
 public:
  using OnBody = std::function<void(std::string_view)>;

  /// Only the URL's scheme, host and port count. `interrupt` may be null and otherwise outlives the
  /// client.
  explicit HttpClient(Url server, Timeouts timeouts = {}, const Interrupt* interrupt = nullptr,
                      ConnectionOptions connection = {});

  /// Makes the connection now, if there is none: `begin` does it otherwise.
  base::Result<> connect();

  /// One request and its whole answer, at most `body_bytes_max` of it. A kept connection that the
  /// server has closed is replaced, silently. Where that shows only after the request was sent, and
  /// nothing was answered, it is sent once more if its method is idempotent or it is `repeatable`:
  /// any other may have been carried out (RFC 9112, 9.3.1). Redirects are not followed.
  base::Result<Response> fetch(const Request& request, std::size_t body_bytes_max = 64 << 20);

  /// The same for who wants to know nothing but the head: up to `body_bytes_max` of the body are
  /// read and dropped, so that the connection can be kept; beyond that it is closed.
  base::Result<ResponseHead> fetch_head(const Request& request, std::size_t body_bytes_max);

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
  /// Also ends when `other` is readable, if it is a descriptor.
  base::Result<bool> receive(std::chrono::milliseconds timeout, int other = -1);

  /// Waits until `other` is readable or the timeout is over (false), taking what is answered
  /// meanwhile.
  base::Result<bool> receive_until_readable(int other, std::chrono::milliseconds timeout);

  /// The answer's head, once it is there. Valid until the next `begin`.
  const ResponseHead* head() const;
  /// The connection, while there is one; for what TLS agreed on.
  const Connection& connection() const { return connection_; }
  bool complete() const { return parser_ && parser_->complete(); }
  /// Whether any byte of this answer has come.
  bool answered() const { return answered_; }
  void close();

 private:
  base::Result<> send(std::string_view bytes);
  base::Result<> take_what_came();
  base::Result<> exchange(const Request& request, const OnBody& on_body, const bool& enough);
  bool reset_for(OnBody on_body);
  bool is_quiet() const;
  std::chrono::milliseconds limited(std::chrono::milliseconds timeout) const;

  Url server_;
  Timeouts timeouts_;
  const Interrupt* interrupt_;
  ConnectionOptions options_;
  Connection connection_;
  std::chrono::steady_clock::time_point deadline_{};  ///< Of the request, with Timeouts::total.
  std::optional<ResponseParser> parser_;
  bool answered_ = false;
};

}  // namespace weir::client
