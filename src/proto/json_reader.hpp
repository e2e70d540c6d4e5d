#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace weir::proto {

/// A JSON value that was read: what it is, its content if that is a scalar, and its own bytes.
struct JsonValue {
  struct Null {};
  struct Composite {};  ///< An array or an object; only its bytes are kept.

  std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::string, Composite> content;
  std::string_view bytes;  ///< In the text that was read, without space around it.

  bool is_null() const { return std::holds_alternative<Null>(content); }
};

/// Walks the outer levels of a JSON text, of which it tells the position, and leaves every value to
/// Boost.JSON. Its parser alone would do for the grammar, but it tells no positions, and a value
/// that was parsed and written anew is not the same value: 1e400 becomes Infinity. So the braces,
/// commas and colons of the outer levels are read here, and each value is a run of Boost.JSON's
/// parser, which stops behind it: that gives the value's bytes, checked for grammar, UTF-8, lone
/// surrogates and depth.
///
/// The text must outlive the reader and the values. One thread at a time.
class JsonReader {
 public:
  /// A value may be nested `depth_max` deep.
  JsonReader(std::string_view text, std::size_t depth_max);
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  /// The next byte that is not space; NUL at the end.
  char peek();
  /// How many bytes were read.
  std::size_t at() const { return at_; }
  /// Where the last error was, in bytes.
  std::size_t failed_at() const { return failed_at_; }
  /// Goes past `c` if it is next.
  bool take(char c);
  /// kBadJson if something other than space follows.
  base::Result<> expect_end();

  /// Reads a value of any kind. kBadJson with the byte offset.
  base::Result<JsonValue> value();
  /// Goes past a value of any kind and gives its bytes; as `value`, but its content is not kept.
  base::Result<std::string_view> skip();
  /// Reads a member's name and its colon.
  base::Result<std::string> name();
  /// The same, with the name's own bytes, quotes and escapes included.
  struct Name {
    std::string text;
    std::string_view bytes;
  };
  base::Result<Name> name_with_bytes();

  /// After an element: true if a comma announces another one, false if `close` ended the list.
  base::Result<bool> more(char close);

  /// kBadJson: `what` was expected here.
  base::Error expected(std::string_view what);

 private:
  class Parser;

  base::Result<std::string_view> parse(bool keep);
  std::size_t error_offset(std::string_view text);
  base::Error bad_json(std::size_t at, std::string_view what);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t failed_at_ = 0;
  std::unique_ptr<Parser> parser_;
};

}  // namespace weir::proto
