#include "proto/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace weir::proto {
namespace {

/// How many bytes at the beginning are ASCII; eight at a time, because most text is.
std::size_t ascii_prefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

/// The row of the Unicode Standard's table 3-7 for a lead byte: how long the sequence is, and what
/// its second byte may be. That range is what excludes overlong forms, surrogates and too large
/// values.
struct Lead {
  std::size_t bytes;
  unsigned char second_min;
  unsigned char second_max;
};

constexpr Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Whether the whole of `text` is the beginning of a well-formed code point, which has more bytes.
bool is_cut_code_point(std::string_view text) {
  const auto lead = lead_of(static_cast<unsigned char>(text.front()));
  return text.size() < lead.bytes && utf8_step(text).bytes == text.size();
}

}  // namespace

Utf8Step utf8_step(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at(0) < 0x80) return {1, true};
  const Lead lead = lead_of(at(0));
  if (lead.bytes == 0) return {1, false};
  if (text.size() < 2 || at(1) < lead.second_min || at(1) > lead.second_max) return {1, false};
  for (std::size_t i = 2; i < lead.bytes; ++i) {
    if (i == text.size() || (at(i) & 0xC0) != 0x80) return {i, false};
  }
  return {lead.bytes, true};
}

bool is_utf8(std::string_view text) {
  for (;;) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) return true;
    const Utf8Step step = utf8_step(text);
    if (!step.valid) return false;
    text.remove_prefix(step.bytes);
  }
}

bool Utf8Check::feed(std::string_view piece) {
  // What was cut is completed byte by byte, the rest is looked at where it lies.
  while (held_bytes_ > 0 && !piece.empty() && !failed_) {
    held_[held_bytes_++] = piece.front();
    piece.remove_prefix(1);
    const std::string_view held(held_.data(), held_bytes_);
    if (utf8_step(held).valid) {
      held_bytes_ = 0;
    } else {
      failed_ = !is_cut_code_point(held);
    }
  }
  while (!failed_) {
    piece.remove_prefix(ascii_prefix(piece));
    if (piece.empty()) break;
    const Utf8Step step = utf8_step(piece);
    if (!step.valid) {
      failed_ = !is_cut_code_point(piece);
      if (!failed_) {
        held_bytes_ = static_cast<std::uint8_t>(piece.copy(held_.data(), held_.size()));
      }
      break;
    }
    piece.remove_prefix(step.bytes);
  }
  return !failed_;
}

void append_utf8_lossy(std::string& out, std::string_view text) {
  // Copies runs of well-formed text, not code points.
  std::size_t copied = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    i += ascii_prefix(text.substr(i));
    if (i == text.size()) break;
    const Utf8Step step = utf8_step(text.substr(i));
    if (!step.valid) {
      out.append(text, copied, i - copied).append(kReplacementCharacter);
      copied = i + step.bytes;
    }
    i += step.bytes;
  }
  out.append(text, copied);
}

}  // namespace weir::proto
