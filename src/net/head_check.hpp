#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace weir::net {

/// What a request may take before its body.
struct HeadLimits {
  std::size_t head_bytes_max = 32 << 10;
  std::size_t target_bytes_max = 8 << 10;
  std::uint32_t headers_max = 100;
};

/// Holds the bytes of a request head against the grammar of RFC 9112 while they arrive, before the
/// lenient parser sees them: everything on which two parsers could differ (bare CR or LF, folded
/// lines, space before a colon, control characters, a second space in the request line) is an error
/// here, at the first byte that shows it. Values are not interpreted.
class HeadCheck {
 public:
  enum class Status { kNeedMore, kComplete, kFailed };

  explicit HeadCheck(const HeadLimits& limits) : limits_(limits) {}

  /// `bytes` is the head from its first byte, a longer view of the same bytes with every call.
  Status scan(std::string_view bytes);
  /// After kComplete: the head's size, its empty line included.
  std::size_t size() const { return scanned_; }
  /// After kFailed.
  const base::Error& error() const { return *error_; }

 private:
  Status fail(base::ErrorCode code, std::string_view detail);
  Status over_limit(std::string_view bytes);
  bool take_line(std::string_view line);

  HeadLimits limits_;
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t lines_ = 0;
  std::optional<base::Error> error_;
};

/// `method SP request-target SP HTTP-version` (RFC 9112, 3), without its line end.
std::optional<base::Error> check_request_line(std::string_view line, std::size_t target_bytes_max);

/// `field-name ":" OWS field-value OWS` (RFC 9112, 5), without its line end; control characters
/// have been refused before.
std::optional<base::Error> check_field_line(std::string_view line);

/// Whether a field line may hold this byte: tab, visible ASCII, space, and obs-text.
constexpr bool is_line_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

}  // namespace weir::net
