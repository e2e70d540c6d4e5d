#include "proto/ndjson.hpp"

namespace weir::proto {
namespace {

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool NdjsonSplitter::feed(std::string_view bytes,
                          const std::function<void(std::string_view)>& on_line) {
  while (!bytes.empty() && !failed_) {
    const std::size_t lf = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, lf);
    const std::size_t line_bytes = partial_.size() + piece.size();
    // One byte more than the limit is kept, because it may be the CR of a CRLF.
    if (line_bytes > 0 && line_bytes - 1 > line_bytes_max_) {
      failed_ = true;
    } else if (lf == std::string_view::npos) {
      partial_.append(piece);
      break;
    } else {
      bytes.remove_prefix(lf + 1);
      if (partial_.empty()) {
        emit(piece, on_line);
      } else {
        partial_.append(piece);
        emit(partial_, on_line);
        partial_.clear();
      }
    }
  }
  if (failed_) partial_ = {};
  return !failed_;
}

bool NdjsonSplitter::finish(const std::function<void(std::string_view)>& on_line) {
  if (!failed_) emit(partial_, on_line);
  partial_ = {};
  return !failed_;
}

void NdjsonSplitter::emit(std::string_view line,
                          const std::function<void(std::string_view)>& on_line) {
  line = without_cr(line);
  if (line.size() > line_bytes_max_) {
    failed_ = true;
  } else if (!line.empty()) {
    on_line(line);
  }
}

}  // namespace weir::proto
