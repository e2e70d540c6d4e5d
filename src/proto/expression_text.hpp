#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/json_reader.hpp"

namespace weir::proto {

/// The text of a filter or of a list of fields while it is being read: words, names, quoted strings
/// and numbers, and refusals that point at a character. The text must outlive it.
class ExpressionText {
 public:
  /// `code` is what a mistake is answered with.
  ExpressionText(std::string_view text, base::ErrorCode code) : text_(text), code_(code) {}

  std::size_t at() const { return at_; }
  /// The next byte that is not space; NUL at the end.
  char peek();
  /// Whether nothing but space is left.
  bool at_end();
  /// Goes past `token` if it is next, after space.
  bool take(std::string_view token);
  /// The same without space before it: what continues a path must touch it.
  bool take_adjacent(char c);
  /// The bracket of a further step; without space before it.
  char peek_adjacent() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  /// A name: letters, digits, `_`, `$`, `-` and whatever is not ASCII, not beginning with a digit
  /// or a hyphen. Empty if there is none.
  std::string_view name();
  /// A string in double or single quotes, with JSON's escapes and `\'`. `peek` is its quote.
  base::Result<std::string> quoted();
  /// A number as JSON writes it.
  base::Result<JsonValue> number();

  /// "<what> at character 12", counted from 1, with the text around it and a caret below.
  base::Error wrong(std::string_view what, std::size_t at) const;
  base::Error wrong(std::string_view what) { return peek(), wrong(what, at_); }

 private:
  std::string_view text_;
  base::ErrorCode code_;
  std::size_t at_ = 0;
};

}  // namespace weir::proto
