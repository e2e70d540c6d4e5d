#pragma once

#include <algorithm>
#include <string_view>

namespace weir::net {

/// What a client that speaks HTTP/2 sends first (RFC 9113, 3.4): chosen so that no request of
/// HTTP/1.1 begins like it.
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum class PrefaceMatch { kNone, kPart, kWhole };

/// Whether the first bytes of a connection are the preface. kPart is told from its first line's end
/// on: until then the bytes are the beginning of a request head like any other, which waits for
/// more by itself.
constexpr PrefaceMatch match_http2_preface(std::string_view bytes) {
  constexpr std::size_t kLine = 16;
  const std::size_t compared = std::min(bytes.size(), kHttp2Preface.size());
  if (compared < kLine || bytes.substr(0, compared) != kHttp2Preface.substr(0, compared)) {
    return PrefaceMatch::kNone;
  }
  return compared == kHttp2Preface.size() ? PrefaceMatch::kWhole : PrefaceMatch::kPart;
}

}  // namespace weir::net
