#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::cli {

/// Lines from a descriptor, as many as one read brings at a time, so that a pipe's lines are passed
/// on when they come. A line's LF, and a CR before it, are not part of it; the last one needs none.
class LineReader {
 public:
  /// Does not close the descriptor.
  explicit LineReader(int descriptor) : descriptor_(descriptor) {}

  /// The next whole line that has been read, or nothing. The view is valid until the next call.
  std::optional<std::string_view> next();
  /// The number of the line that `next` gave last, from 1.
  std::uint64_t line_number() const { return line_number_; }

  /// Reads once, which may block; false at the end of the input. kNetwork with the system's words.
  base::Result<bool> fill();

 private:
  int descriptor_;
  std::string buffer_;
  std::size_t begin_ = 0;    ///< Where the next line starts.
  std::size_t scanned_ = 0;  ///< No LF stands between `begin_` and here.
  bool ended_ = false;
  std::uint64_t line_number_ = 0;
};

}  // namespace weir::cli
