#pragma once

// Who may do what, decided by the program:
//
//   hub.authorize([&](weir::AccessQuestion question) {
//     sessions.find(question.header("Cookie"), [question](std::optional<User> user) mutable {
//       if (!user) return question.refuse("log in first");
//       question.allow({.user = user->name, .subscribe = {"news", "users/" + user->name + "/**"}});
//     });
//   });
//
// The question may be answered at once or later, from any thread; the hub's threads do not wait for
// it, and the request does. A question that is destroyed without an answer is a refusal.
//
// With an authorizer the hub is not open to everybody, whatever it listens on: it does exactly what
// the answers grant, besides what the settings anonymous_publish and anonymous_subscribe grant to
// all. Tokens and API keys of the settings count where the program says so (`use_settings`).
//
// It is asked once for each request, which for a stream means: once for its life, or until
// `expires`. A page of another origin that is not in cors_origin is refused before it is asked.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <weir/export.hpp>

namespace weir {

/// What somebody may do. Topics are names or patterns (`orders/*`, `users/17/**`).
struct Grants {
  std::string user = {};  ///< Who it is, for presence, limits and the log; may be empty.
  std::vector<std::string> publish = {};
  std::vector<std::string> subscribe = {};
  bool admin = false;              ///< Metrics, deletion, revocation.
  std::string fields = {};         ///< What of JSON data is delivered, "a,b.c"; empty: all of it.
  std::uint64_t connections = 0;   ///< Open streams of this user; 0: as the settings say.
  std::uint64_t publish_rate = 0;  ///< Events a second of this user; 0: as the settings say.
  /// When a stream that is opened with this ends; none: with its lifetime, as all do.
  std::optional<std::chrono::system_clock::time_point> expires = {};
};

/// A request that somebody must answer for. Copies are the same question; the first answer counts.
/// Any thread.
class WEIR_API AccessQuestion {
 public:
  const std::string& method() const;
  const std::string& path() const;  ///< As sent, percent-encoded, without the query.
  /// The first value of a query parameter, decoded; empty if there is none.
  std::string_view query(std::string_view name) const;
  /// The first value of a header, whatever the case of its name; empty if there is none.
  std::string_view header(std::string_view name) const;
  const std::string& address() const;  ///< The client's, as limits count it.
  bool secure() const;                 ///< It came over TLS.
  /// The token of `Authorization: Bearer`; empty if there is none. Not for logs.
  std::string_view bearer_token() const;

  /// It may do this. Grants that hold a topic or a list of fields that is none refuse, and say so
  /// in the log.
  void allow(Grants grants);
  /// It may not: 401, with `why` as the problem's detail.
  void refuse(std::string why = {});
  /// As the settings' keys and tokens say.
  void use_settings();

  class Impl;
  explicit AccessQuestion(std::shared_ptr<Impl> impl) noexcept;
  AccessQuestion(const AccessQuestion&) noexcept;
  AccessQuestion& operator=(const AccessQuestion&) noexcept;
  AccessQuestion(AccessQuestion&&) noexcept;
  AccessQuestion& operator=(AccessQuestion&&) noexcept;
  ~AccessQuestion();

 private:
  std::shared_ptr<Impl> impl_;
};

/// Called on a thread of the hub's for each request that is not for everybody; also on several at
/// once. Must not throw and must not block: what takes time is answered later.
using Authorizer = std::function<void(AccessQuestion)>;

}  // namespace weir
