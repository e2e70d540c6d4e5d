#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::proto {

/// What stands at the beginning of a text: one well-formed code point, or the longest beginning of
/// one (the Unicode Standard, 3.9, "maximal subpart"), which decoders replace by a single U+FFFD.
struct Utf8Step {
  std::size_t bytes;  ///< 1 to 4.
  bool valid;
};

/// `text` is not empty.
Utf8Step utf8_step(std::string_view text);

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// The same of a text that comes in pieces, which may be cut anywhere.
class Utf8Check {
 public:
  /// False once what has come cannot be the beginning of well-formed text.
  bool feed(std::string_view piece);
  /// Whether the text may end here.
  bool complete() const { return held_bytes_ == 0; }

 private:
  std::array<char, 4> held_{};  ///< The beginning of a code point.
  std::uint8_t held_bytes_ = 0;
  bool failed_ = false;
};

/// Appends `text` with each ill-formed part replaced by U+FFFD, as the WHATWG Encoding Standard
/// decodes.
void append_utf8_lossy(std::string& out, std::string_view text);

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

}  // namespace weir::proto
