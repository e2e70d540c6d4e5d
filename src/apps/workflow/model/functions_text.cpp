#include "apps/workflow/model/functions_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/ascii.hpp"
#include "base/refusal.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using base::Result;

constexpr std::size_t kJsonDepthMax = 64;

json::value made(std::string_view text) { return json::string(text.data(), text.size()); }

Result<json::value> make(std::string_view text, Budget& budget) {
  if (!budget.spend(text.size())) return Budget::exhausted();
  return made(text);
}

template <typename Change>
Result<json::value> changed(const json::value& value, Budget& budget, Change change) {
  auto result = make(text_of(value), budget);
  if (!result) return result;
  for (char& c : result->as_string()) c = change(c);
  return result;
}

/// JSON has no infinity, which is what the parser makes of 1e999.
bool is_finite(const json::value& value) {
  if (const double* number = value.if_double()) return std::isfinite(*number);
  if (const auto* array = value.if_array()) {
    return std::all_of(array->begin(), array->end(), is_finite);
  }
  if (const auto* object = value.if_object()) {
    return std::all_of(object->begin(), object->end(),
                       [](const auto& each) { return is_finite(each.value()); });
  }
  return true;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string_view characters(std::string_view text, std::size_t from, std::size_t to) {
  std::size_t character = 0;
  std::size_t begin = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_continuation(text[i])) continue;
    if (character == to) return text.substr(std::min(begin, i), i - std::min(begin, i));
    if (character == from) begin = i;
    ++character;
  }
  return text.substr(begin);
}

bool append_text(std::string& out, const json::value& value, Budget& budget) {
  if (value.is_null()) return true;
  if (value.is_string()) {
    if (!budget.spend(value.get_string().size())) return false;
    out += text_of(value);
    return true;
  }
  // Escapes and punctuation may make more of it than it weighs, by a constant factor.
  if (!budget.spend_on(value)) return false;
  out += json::serialize(value);
  return true;
}

Result<json::value> starts_with(Arguments arguments, Budget&) {
  return json::value(text_of(*arguments[0]).starts_with(text_of(*arguments[1])));
}

Result<json::value> ends_with(Arguments arguments, Budget&) {
  return json::value(text_of(*arguments[0]).ends_with(text_of(*arguments[1])));
}

Result<json::value> lower(Arguments arguments, Budget& budget) {
  return changed(*arguments[0], budget, base::to_lower);
}

Result<json::value> upper(Arguments arguments, Budget& budget) {
  return changed(*arguments[0], budget,
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; });
}

Result<json::value> trim(Arguments arguments, Budget& budget) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto text = text_of(*arguments[0]);
  const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  const std::size_t end = text.find_last_not_of(kSpace);
  return make(begin == text.size() ? "" : text.substr(begin, end + 1 - begin), budget);
}

Result<json::value> split(Arguments arguments, Budget& budget) {
  const auto text = text_of(*arguments[0]);
  const auto separator = text_of(*arguments[1]);
  if (separator.empty()) return base::bad_request("split needs a separator that is not empty");
  json::array pieces;
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    if (!budget.spend(sizeof(json::value) + end - at)) return Budget::exhausted();
    pieces.push_back(made(text.substr(at, end - at)));
    if (end == text.size()) break;
    at = end + separator.size();
    // The text may end with the separator: then the last piece is empty.
    if (at == text.size()) {
      if (!budget.spend(sizeof(json::value))) return Budget::exhausted();
      pieces.push_back(made(""));
      break;
    }
  }
  return json::value(std::move(pieces));
}

Result<json::value> join(Arguments arguments, Budget& budget) {
  const std::string_view separator = arguments.size() > 1 ? text_of(*arguments[1]) : ",";
  std::string out;
  bool begun = false;
  for (const auto& each : arguments[0]->as_array()) {
    if (begun) {
      if (!budget.spend(separator.size())) return Budget::exhausted();
      out += separator;
    }
    begun = true;
    if (!append_text(out, each, budget)) return Budget::exhausted();
  }
  return made(out);
}

Result<json::value> replace(Arguments arguments, Budget& budget) {
  const auto text = text_of(*arguments[0]);
  const auto from = text_of(*arguments[1]);
  const auto to = text_of(*arguments[2]);
  if (from.empty()) return base::bad_request("replace needs something to replace");
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(from, at);
    const auto piece = text.substr(at, std::min(found, text.size()) - at);
    const bool last = found == std::string_view::npos;
    if (!budget.spend(piece.size() + (last ? 0 : to.size()))) return Budget::exhausted();
    out += piece;
    if (last) break;
    out += to;
    at = found + from.size();
  }
  return made(out);
}

/// `{0}` is the first argument behind the text, and so on; `{{` and `}}` are braces.
Result<json::value> format_text(Arguments arguments, Budget& budget) {
  const auto text = text_of(*arguments[0]);
  if (!budget.spend(text.size())) return Budget::exhausted();
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      out += c;
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      out += c;
      ++i;
      continue;
    }
    const std::size_t close = text.find('}', i);
    std::size_t number = 0;
    const char* const begin = text.data() + i + 1;
    const char* const end = text.data() + std::min(close, text.size());
    const auto read = c == '{' && close != std::string_view::npos
                          ? std::from_chars(begin, end, number)
                          : std::from_chars_result{begin, std::errc::invalid_argument};
    if (read.ec != std::errc() || read.ptr != end) {
      return base::bad_request(
          "format: a brace stands for an argument, as {0}; write {{ or }} for itself");
    }
    if (number + 1 >= arguments.size()) {
      return base::bad_request(fmt::format("format: there is no argument for {{{}}}", number));
    }
    if (!append_text(out, *arguments[number + 1], budget)) return Budget::exhausted();
    i = close;
  }
  return made(out);
}

Result<json::value> to_string(Arguments arguments, Budget& budget) {
  std::string out;
  if (!append_text(out, *arguments[0], budget)) return Budget::exhausted();
  return made(out);
}

Result<json::value> to_json_text(Arguments arguments, Budget& budget) {
  if (!budget.spend_on(*arguments[0])) return Budget::exhausted();
  return made(json::serialize(*arguments[0]));
}

Result<json::value> parse_json(Arguments arguments, Budget& budget) {
  const auto text = text_of(*arguments[0]);
  // An element may take a byte of text, and sixteen of memory.
  if (!budget.spend(text.size() * sizeof(json::value) / 2)) return Budget::exhausted();
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::system::error_code error;
  auto value = json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return base::bad_request("parseJson: this is no JSON: " + error.message());
  if (!is_finite(value)) return base::bad_request("parseJson: a number is too large");
  return value;
}

}  // namespace weir::apps::workflow
