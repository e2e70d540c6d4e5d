#include "proto/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <utility>

namespace weir::proto {
namespace {

using base::ErrorCode;
namespace json = boost::json;

constexpr std::string_view kSpace = " \t\r\n";

/// What Boost.JSON's parser reports to: keeps the outermost value's content and ignores what lies
/// within. The names are the library's.
struct Sink {
  static constexpr std::size_t max_object_size = std::string_view::npos - 1;
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  decltype(JsonValue::content) content;
  std::string text;
  std::size_t depth = 0;
  bool keep = true;  ///< Whether a string is wanted, or only gone past.

  template <typename T>
  bool scalar(T&& value) {
    if (depth == 0) content = std::forward<T>(value);
    return true;
  }
  bool open() {
    scalar(JsonValue::Composite{});
    ++depth;
    return true;
  }
  bool close() {
    --depth;
    return true;
  }

  bool on_document_begin(json::error_code&) {
    text.clear();
    depth = 0;
    return true;
  }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return open(); }
  bool on_array_end(std::size_t, json::error_code&) { return close(); }
  bool on_object_begin(json::error_code&) { return open(); }
  bool on_object_end(std::size_t, json::error_code&) { return close(); }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    if (depth == 0 && keep) text.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t n, json::error_code& error) {
    return on_string_part(part, n, error) && (depth != 0 || scalar(std::move(text)));
  }
  bool on_key_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_key(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t n, json::string_view, json::error_code&) { return scalar(n); }
  bool on_uint64(std::uint64_t n, json::string_view, json::error_code&) { return scalar(n); }
  /// JSON has no NaN: it is what the parser makes of a zero with a large exponent, 0 times
  /// infinity.
  bool on_double(double n, json::string_view, json::error_code&) {
    return scalar(std::isnan(n) ? 0.0 : n);
  }
  bool on_bool(bool b, json::error_code&) { return scalar(b); }
  bool on_null(json::error_code&) { return scalar(JsonValue::Null{}); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

json::parse_options options(std::size_t depth_max) {
  json::parse_options options;
  options.max_depth = depth_max;
  return options;
}

}  // namespace

class JsonReader::Parser : public json::basic_parser<Sink> {
 public:
  explicit Parser(std::size_t depth_max) : basic_parser(options(depth_max)) {}
};

JsonReader::JsonReader(std::string_view text, std::size_t depth_max)
    : text_(text), parser_(std::make_unique<Parser>(depth_max)) {}

JsonReader::~JsonReader() = default;

base::Error JsonReader::bad_json(std::size_t at, std::string_view what) {
  failed_at_ = at;
  return base::make_error(ErrorCode::kBadJson, fmt::format("{} at byte {}", what, at));
}

char JsonReader::peek() {
  at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
  return at_ == text_.size() ? '\0' : text_[at_];
}

bool JsonReader::take(char c) {
  if (peek() != c || at_ == text_.size()) return false;
  ++at_;
  return true;
}

base::Error JsonReader::expected(std::string_view what) {
  peek();
  return bad_json(at_, fmt::format("expected {}", what));
}

base::Result<> JsonReader::expect_end() {
  peek();
  if (at_ != text_.size()) return expected("the end");
  return {};
}

base::Result<std::string_view> JsonReader::parse(bool keep) {
  peek();
  std::string_view bytes = text_.substr(at_);
  json::error_code error;
  parser_->reset();
  parser_->handler().keep = keep;
  const std::size_t taken = parser_->write_some(false, bytes.data(), bytes.size(), error);
  if (error) return bad_json(at_ + error_offset(bytes), error.message());
  at_ += taken;
  bytes = bytes.substr(0, taken);
  bytes.remove_suffix(bytes.size() - 1 - bytes.find_last_not_of(kSpace));
  return bytes;
}

base::Result<JsonValue> JsonReader::value() {
  const auto bytes = parse(true);
  if (!bytes) return bytes.error();
  return JsonValue{std::move(parser_->handler().content), *bytes};
}

base::Result<std::string_view> JsonReader::skip() { return parse(false); }

base::Result<JsonReader::Name> JsonReader::name_with_bytes() {
  if (peek() != '"') return expected("a member's name");
  auto read = value();
  if (!read) return read.error();
  if (!take(':')) return expected("a colon");
  return Name{std::get<std::string>(std::move(read->content)), read->bytes};
}

base::Result<std::string> JsonReader::name() {
  auto read = name_with_bytes();
  if (!read) return read.error();
  return std::move(read->text);
}

base::Result<bool> JsonReader::more(char close) {
  if (take(',')) return true;
  if (take(close)) return false;
  return expected(fmt::format("a comma or \"{}\"", close));
}

/// Where in `text` a value breaks off. The parser does not tell where it stopped, so the text is
/// parsed again in pieces until one fails, and that one byte by byte: only for the sake of the
/// message.
std::size_t JsonReader::error_offset(std::string_view text) {
  constexpr std::size_t kPiece = 1024;
  const auto first_failure = [&](std::size_t before, std::size_t piece) {
    json::error_code error;
    parser_->reset();
    parser_->write_some(true, text.data(), before, error);
    std::size_t at = before;
    while (at < text.size()) {
      const std::size_t bytes = std::min(piece, text.size() - at);
      parser_->write_some(true, text.data() + at, bytes, error);
      if (error) break;
      at += bytes;
    }
    return at;
  };
  return first_failure(first_failure(0, kPiece), 1);
}

}  // namespace weir::proto
