#include "apps/workflow/effects/text_stream.hpp"

#include <algorithm>

#include "proto/utf8.hpp"

namespace weir::apps::workflow {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t bytes_of_lead(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC2 ? 2 : 1;
}

/// How many bytes at the end may be the beginning of a code point that goes on.
std::size_t cut_code_point(std::string_view text) {
  constexpr std::size_t kHeldMax = 3;
  for (std::size_t n = 1; n <= std::min(kHeldMax, text.size()); ++n) {
    const char c = text[text.size() - n];
    if (continues(c)) continue;
    return bytes_of_lead(c) > n ? n : 0;
  }
  return 0;
}

}  // namespace

void Utf8Stream::feed(std::string_view piece, std::string& out) {
  if (!held_.empty()) {
    held_.append(piece);
    piece = held_;
  }
  const auto held = cut_code_point(piece);
  proto::append_utf8_lossy(out, piece.substr(0, piece.size() - held));
  held_ = std::string(piece.substr(piece.size() - held));
}

void Utf8Stream::finish(std::string& out) {
  proto::append_utf8_lossy(out, held_);
  held_.clear();
}

void TextTail::append(std::string_view text) {
  if (text.size() > bytes_max_) {
    dropped_ = dropped_ || !kept_.empty() || text.size() > 2 * bytes_max_;
    if (dropped_) text.remove_prefix(text.size() - bytes_max_);
    kept_.clear();
  }
  kept_.append(text);
  if (kept_.size() > 2 * bytes_max_) {
    kept_.erase(0, kept_.size() - bytes_max_);
    dropped_ = true;
  }
}

std::string_view TextTail::text() const {
  std::string_view text = kept_;
  if (text.size() > bytes_max_) text.remove_prefix(text.size() - bytes_max_);
  if (cut()) {
    while (!text.empty() && continues(text.front())) text.remove_prefix(1);
  }
  return text;
}

std::string_view cut_text(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && continues(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace weir::apps::workflow
