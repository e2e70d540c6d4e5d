#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace weir::net {

/// How the end of an answer's body is known (RFC 9112, 6.3).
enum class Framing {
  kLength,  ///< Content-Length of `Response::body`.
  kChunked,
  kClose,  ///< Until the connection closes: HTTP/1.0.
};

/// What the connection adds to an answer.
struct ResponseFrame {
  Framing framing = Framing::kLength;
  int minor_version = 1;  ///< Of the request.
  bool keep_alive = true;
  std::string_view date;  ///< IMF-fixdate.
};

/// Appends status line and headers, the empty line included. 1xx, 204 and 304 get no framing
/// header. CR, LF and NUL in a header's value become spaces: no caller's text can end the head
/// early.
void append_response_head(std::string& out, const Response& response, const ResponseFrame& frame);

/// Whether an answer of this status may have a body (RFC 9110, 6.4.1).
constexpr bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string imf_fixdate(std::int64_t unix_seconds);

}  // namespace weir::net
