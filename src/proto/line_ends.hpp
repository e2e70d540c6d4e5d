#pragma once

#include <cstring>
#include <string_view>

namespace weir::proto {

/// Walks the line ends that event streams know: LF, CRLF and a lone CR. Both bytes are searched by
/// memchr and found positions are kept, so that a text is looked at once per byte however its lines
/// lie.
class LineEnds {
 public:
  explicit LineEnds(std::string_view text)
      : end_(text.data() + text.size()),
        lf_(find(text.data(), '\n')),
        cr_(find(text.data(), '\r')) {}

  /// Where the line that begins at `from` ends; the end of the text if nothing ends it. Positions
  /// only grow from call to call.
  const char* next(const char* from) {
    if (lf_ < from) lf_ = find(from, '\n');
    if (cr_ < from) cr_ = find(from, '\r');
    return lf_ < cr_ ? lf_ : cr_;
  }

 private:
  const char* find(const char* from, char c) const {
    if (from == end_) return end_;
    const void* at = std::memchr(from, c, static_cast<std::size_t>(end_ - from));
    return at == nullptr ? end_ : static_cast<const char*>(at);
  }

  const char* end_;
  const char* lf_;
  const char* cr_;
};

}  // namespace weir::proto
