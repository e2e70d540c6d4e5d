#include "proto/cursor.hpp"

#include <charconv>

namespace weir::proto {
namespace {

constexpr std::size_t kEpochDigits = 16;

/// The value of a lowercase hexadecimal digit, or -1. Uppercase is not what `to_string` writes.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string_view write_cursor(const Cursor& cursor, CursorText& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  char* out = text.data();
  for (int shift = 60; shift >= 0; shift -= 4) *out++ = kDigits[(cursor.epoch.value >> shift) & 15];
  *out++ = '-';
  out = std::to_chars(out, text.data() + text.size(), cursor.sequence.value).ptr;
  return {text.data(), static_cast<std::size_t>(out - text.data())};
}

void append_cursor(std::string& out, const Cursor& cursor) {
  CursorText text;
  out.append(write_cursor(cursor, text));
}

std::string to_string(const Cursor& cursor) {
  CursorText text;
  return std::string(write_cursor(cursor, text));
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  if (text.size() < kEpochDigits + 2 || text.size() > kCursorBytesMax) return std::nullopt;
  if (text[kEpochDigits] != '-') return std::nullopt;

  std::uint64_t epoch = 0;
  for (const char c : text.substr(0, kEpochDigits)) {
    const int value = hex_value(c);
    if (value < 0) return std::nullopt;
    epoch = epoch << 4 | static_cast<std::uint64_t>(value);
  }

  const std::string_view decimal = text.substr(kEpochDigits + 1);
  if (decimal.size() > 1 && decimal.front() == '0') return std::nullopt;
  std::uint64_t sequence = 0;
  const char* end = decimal.data() + decimal.size();
  const auto [stop, error] = std::from_chars(decimal.data(), end, sequence);
  if (error != std::errc() || stop != end) return std::nullopt;
  return Cursor{{epoch}, {sequence}};
}

}  // namespace weir::proto
