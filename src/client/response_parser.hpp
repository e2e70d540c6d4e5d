#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace weir::client {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct ResponseHead {
  int status = 0;
  int minor_version = 1;  ///< HTTP/1.x
  Headers headers;

  /// The first value of a header, whatever the case of its name.
  std::optional<std::string_view> get(std::string_view name) const;
};

/// An incremental parser of one HTTP/1.x response (RFC 9112), for bytes split anywhere: status
/// line, headers, and a body that is chunked, counted or ends with the connection. Interim
/// responses (1xx) are skipped. Stricter than it must be: whatever two readers could understand
/// differently is an error.
///
/// One thread. Errors are kNetwork; after one, the parser is of no more use.
class ResponseParser {
 public:
  /// `on_body` gets the decoded body piece by piece; the view is valid during the call.
  explicit ResponseParser(std::function<void(std::string_view)> on_body)
      : on_body_(std::move(on_body)) {}

  /// How many bytes were used; fewer than given only when the response is complete.
  base::Result<std::size_t> feed(std::string_view bytes);

  /// The connection ended: the end of a body without a length, an error in the middle of one.
  base::Result<> finish();

  bool head_complete() const { return state_ > State::kHead; }
  bool complete() const { return state_ == State::kComplete; }
  const ResponseHead& head() const { return head_; }
  /// Whether another request may follow on the connection, once complete.
  bool keep_alive() const { return keep_alive_; }

 private:
  enum class State {
    kStatusLine,
    kHead,
    kCountedBody,
    kBodyUntilEnd,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailers,
    kComplete,
  };

  base::Result<> take_line(std::string_view line);
  base::Result<> take_status_line(std::string_view line);
  base::Result<> take_header(std::string_view line);
  base::Result<> take_chunk_size(std::string_view line);
  base::Result<> begin_body();
  base::Result<> choose_length();

  std::function<void(std::string_view)> on_body_;
  State state_ = State::kStatusLine;
  ResponseHead head_;
  std::string line_;            ///< An unfinished line.
  std::size_t head_bytes_ = 0;  ///< Of all lines, against an endless head.
  std::uint64_t left_ = 0;      ///< Of the chunk or the counted body.
  bool keep_alive_ = false;
};

}  // namespace weir::client
