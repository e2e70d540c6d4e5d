#pragma once

// Failures that can be expected are values here, and nothing in this library throws:
//
//   weir::Result<weir::Published> published = hub.publish_and_wait({.topics = {"news"}, .data =
//   "hello"}); if (!published) {
//     std::cerr << published.error().code << ": " << published.error().message << '\n';
//     return 1;
//   }
//   std::cout << "published at " << published->cursor << '\n';
//
// A function that can fail and has nothing to give returns a Result<>. An error names itself by a
// code, which stays what it is ("bad-topic"; docs/errors.md lists all of them), and says in words
// for people what was wrong this time; the words may change.
//
// Beside the codes of docs/errors.md, three are about using this library:
//
//   not-open   the hub has not been opened yet
//   stopped    the hub or client has been stopped; what a publish came to is not known
//   misuse     a call that makes no sense here: in this state, or from inside a callback

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace weir {

/// An expected failure. A value without references to anything; any thread.
struct Error {
  std::string code;        ///< Stable: "bad-topic", "storage-full", "network".
  std::string message;     ///< For people and logs. Never holds a secret.
  int http_status = 0;     ///< What a server answers with in this case; 0: it never does.
  bool retryable = false;  ///< The same call may succeed later.
  std::chrono::seconds retry_after{0};  ///< How much later; 0: nobody has said.
};

/// A value or an Error. Reading the one that is not there is a mistake of the program's and ends it
/// (std::abort). Belongs to one thread at a time, as its value does.
template <typename T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  /// Whether there is a value.
  bool has_value() const { return content_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return *checked(std::get_if<0>(&content_)); }
  const T& value() const& { return *checked(std::get_if<0>(&content_)); }
  T&& value() && { return std::move(*checked(std::get_if<0>(&content_))); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return *checked(std::get_if<1>(&content_)); }

 private:
  template <typename P>
  static P* checked(P* there) {
    if (there == nullptr) std::abort();
    return there;
  }

  std::variant<T, Error> content_;
};

/// Success or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }

  const Error& error() const {
    if (!error_) std::abort();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace weir
