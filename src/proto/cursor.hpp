#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"

namespace weir::proto {

/// `<epoch>-<sequence>`: "everything up to and including this position has been seen". It is the
/// `id:` of every durable event. Opaque to clients; here it is 16 hexadecimal digits, a hyphen and
/// a decimal number, so that it never needs escaping, nor a CORS preflight when a browser sends it
/// back.
struct Cursor {
  base::Epoch epoch;
  base::Sequence sequence;

  friend constexpr auto operator<=>(const Cursor&, const Cursor&) = default;
};

inline constexpr std::size_t kCursorBytesMax = 16 + 1 + 20;
using CursorText = std::array<char, kCursorBytesMax>;

/// The text form, written into `text`, of which the result is a view: for paths that must not
/// allocate.
std::string_view write_cursor(const Cursor& cursor, CursorText& text);

/// The text form; at most `kCursorBytesMax` bytes.
std::string to_string(const Cursor& cursor);
void append_cursor(std::string& out, const Cursor& cursor);

/// Reads exactly what `to_string` writes; anything else (signs, leading zeros, spaces, overflow) is
/// not a cursor. An unknown id is not an error of the protocol: the caller answers it with `event:
/// gap`.
std::optional<Cursor> parse_cursor(std::string_view text);

}  // namespace weir::proto
