#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::apps::workflow {

/// Bytes that come in pieces, cut anywhere, as well-formed UTF-8: what is ill-formed becomes
/// U+FFFD, and a code point that was cut waits for its rest. One thread.
class Utf8Stream {
 public:
  /// Appends what is certain by now.
  void feed(std::string_view piece, std::string& out);
  /// The text ends here.
  void finish(std::string& out);

 private:
  std::string held_;  ///< The beginning of a code point.
};

/// The end of a text of any length. One thread.
class TextTail {
 public:
  explicit TextTail(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void append(std::string_view text);
  /// At most `bytes_max` bytes of what came last, beginning with a whole code point.
  std::string_view text() const;
  /// Whether something came before it.
  bool cut() const { return dropped_ || kept_.size() > bytes_max_; }

 private:
  std::size_t bytes_max_;
  std::string kept_;  ///< Up to twice as much, so that it is seldom moved.
  bool dropped_ = false;
};

/// As much of the beginning of well-formed `text` as fits, in whole code points.
std::string_view cut_text(std::string_view text, std::size_t bytes_max);

}  // namespace weir::apps::workflow
