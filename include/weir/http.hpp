#pragma once

// Addresses of the program's own, beside Weir's, on the same listeners:
//
//   hub.route("GET", "/hello", [](weir::Request request) {
//     request.respond({.headers = {{"Content-Type", "text/plain"}}, .body = "hello\n"});
//   });
//
// A request may be kept and answered later, from any thread:
//
//   hub.route("POST", "/orders", [&](weir::Request request) {
//     pool.run([request]() mutable { request.respond(place_order(request.body())); });
//   });
//
// Or it becomes a stream of topics that the program chooses, by whichever transport the client asks
// for (Server-Sent Events, WebSocket, long polling), with resume and everything else:
//
//   hub.route("GET", "/me/events", [&](weir::Request request) {
//     request.stream({.topics = {"users/" + user_of(request)}});
//   });
//
// HTTP is Weir's affair: a request that arrives here is valid, its body complete and within its
// limit; HEAD is answered by the route for GET; Content-Length, Date, CORS and security headers are
// added.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/export.hpp>

namespace weir {

/// An answer. A value type.
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

/// The stream that a request becomes.
struct StreamOptions {
  std::vector<std::string> topics = {};  ///< Exact names.
  std::vector<std::string> match = {};   ///< Patterns.
  /// As whom the client follows them, for presence and limits. Somebody with a name also gets
  /// private events of these topics.
  std::string user = {};
};

/// A request of a client's. Copies are the same request; the first answer counts. Any thread. One
/// that is destroyed without an answer is answered with 500. May outlive the hub; answers then go
/// nowhere.
class WEIR_API Request {
 public:
  const std::string& method() const;
  const std::string& path() const;  ///< As sent, percent-encoded, without the query.
  /// What follows a route's prefix in the path; empty where the route is no prefix.
  std::string_view rest() const;
  /// The first value of a query parameter, decoded; empty if there is none.
  std::string_view query(std::string_view name) const;
  /// The first value of a header, whatever the case of its name; empty if there is none.
  std::string_view header(std::string_view name) const;
  const std::string& body() const;
  const std::string& user() const;     ///< Verified; empty: nobody in particular.
  const std::string& address() const;  ///< The client's, as limits count it.
  bool secure() const;                 ///< It came over TLS.

  /// Whether the client has gone: an answer would reach nobody.
  bool gone() const;

  /// Answers. Does not wait for the client.
  void respond(Response response);
  /// Answers with an application/problem+json (RFC 9457) of this status.
  void fail(int status, std::string_view title, std::string_view detail = {});
  /// Answers with a stream of these topics, or with the reason why not: topics that are none are
  /// the program's mistake and 500.
  void stream(StreamOptions options);

  class Impl;
  explicit Request(std::shared_ptr<Impl> impl) noexcept;
  Request(const Request&) noexcept;
  Request& operator=(const Request&) noexcept;
  Request(Request&&) noexcept;
  Request& operator=(Request&&) noexcept;
  ~Request();

 private:
  std::shared_ptr<Impl> impl_;
};

/// Whom a route is for.
enum class Audience {
  kEverybody,  ///< Nobody is asked who they are; `Request::user` is empty.
  kReader,     ///< Who may follow some topic.
  kPublisher,  ///< Who may publish to some topic.
  kAdmin,      ///< Who may do everything.
};

struct RouteOptions {
  Audience audience = Audience::kEverybody;
  std::size_t body_bytes_max = 64 * 1024;  ///< A larger body is answered with 413.
};

/// Called on a thread of the hub's; also on several at once. Must not throw and must not block:
/// what takes time is answered later.
using RouteHandler = std::function<void(Request)>;

}  // namespace weir
