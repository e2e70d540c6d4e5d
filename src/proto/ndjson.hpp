#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace weir::proto {

/// Cuts a stream of bytes into lines at LF (an optional CR before it is dropped); empty lines are
/// skipped. Holds at most one unfinished line; the limit counts a line without its end. One thread
/// at a time.
class NdjsonSplitter {
 public:
  explicit NdjsonSplitter(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  /// Calls `on_line` for each complete line; the view is valid during the call. Returns false, and
  /// takes no more, when a line passes the limit.
  bool feed(std::string_view bytes, const std::function<void(std::string_view)>& on_line);

  /// The end of the stream: a last line needs no LF. Returns false as `feed` does.
  bool finish(const std::function<void(std::string_view)>& on_line);

 private:
  void emit(std::string_view line, const std::function<void(std::string_view)>& on_line);

  std::size_t line_bytes_max_;
  std::string partial_;
  bool failed_ = false;
};

}  // namespace weir::proto
