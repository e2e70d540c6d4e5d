#include "apps/workflow/engine/node_logs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::apps::workflow {
namespace {

/// The longest beginning of at most so many bytes that ends between characters; never nothing of
/// something.
std::string_view piece_of(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  auto end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace

void NodeLogs::add(const std::string& node, std::uint32_t attempt, std::string_view stream,
                   std::string_view text, base::UnixMillis now) {
  auto& kept = nodes_[node];
  if (kept.full || text.empty()) return;
  const auto room = bytes_max_ > kept.bytes ? bytes_max_ - kept.bytes : 0;
  const auto fits = piece_of(text, room);
  append(node, kept, attempt, stream, fits, now);
  if (fits.size() == text.size()) return;
  kept.full = true;
  append(node, kept, attempt, "log",
         fmt::format("\n[the log ends here: it has more than {} bytes]\n", bytes_max_), now);
}

void NodeLogs::append(const std::string& node, Node& kept, std::uint32_t attempt,
                      std::string_view stream, std::string_view text, base::UnixMillis now) {
  while (!text.empty()) {
    const bool joins = !chunks_.empty() && chunks_.back().node == node &&
                       chunks_.back().attempt == attempt && chunks_.back().stream == stream &&
                       chunks_.back().text.size() + 4 < kChunkBytesMax;
    if (!joins) {
      chunks_.push_back({.node = node,
                         .offset = kept.bytes,
                         .attempt = attempt,
                         .time = now,
                         .stream = std::string(stream),
                         .text = {}});
    }
    auto& chunk = chunks_.back();
    const auto piece = piece_of(text, kChunkBytesMax - chunk.text.size());
    chunk.text.append(piece);
    kept.bytes += piece.size();
    text.remove_prefix(piece.size());
  }
}

}  // namespace weir::apps::workflow
