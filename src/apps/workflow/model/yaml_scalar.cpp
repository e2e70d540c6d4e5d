#include "apps/workflow/model/yaml_scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "base/ascii.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

using base::is_digit;

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::size_t whole = skip_digits(text, at);
  const bool begun = whole > at;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t part = skip_digits(text, at + 1);
    if (!begun && part == at + 1) return false;
    at = part;
  } else if (!begun) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t end = skip_digits(text, at);
    if (end == at) return false;
    at = end;
  }
  return at == text.size();
}

template <typename Integer>
std::optional<Integer> integer(std::string_view digits, int radix) {
  Integer value = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value, radix);
  if (read.ec != std::errc() || read.ptr != end || digits.empty()) return std::nullopt;
  return value;
}

/// Nothing if the text is no number of the core schema; NaN and the infinities as doubles.
std::optional<json::value> number(std::string_view text) {
  if (text.starts_with("0o") || text.starts_with("0x")) {
    const auto value = integer<std::int64_t>(text.substr(2), text[1] == 'o' ? 8 : 16);
    return value && *value >= 0 && text[2] != '-' ? std::optional<json::value>(*value)
                                                  : std::nullopt;
  }
  const auto unsigned_text = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  if (is_one_of(unsigned_text, {".inf", ".Inf", ".INF"}) ||
      is_one_of(text, {".nan", ".NaN", ".NAN"})) {
    return json::value(std::nan(""));
  }
  if (!is_float(text)) return std::nullopt;
  const auto digits = text.starts_with('+') ? unsigned_text : text;
  if (skip_digits(unsigned_text, 0) == unsigned_text.size()) {
    if (const auto value = integer<std::int64_t>(digits, 10)) return json::value(*value);
    if (const auto value = integer<std::uint64_t>(digits, 10)) return json::value(*value);
  }
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec == std::errc::result_out_of_range) return json::value(std::nan(""));
  return json::value(value);
}

std::optional<json::value> plain(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return json::value(nullptr);
  if (is_one_of(text, {"true", "True", "TRUE"})) return json::value(true);
  if (is_one_of(text, {"false", "False", "FALSE"})) return json::value(false);
  return number(text);
}

}  // namespace

base::Result<json::value> yaml_scalar(std::string_view tag, std::string_view text) {
  const auto wrong = [](std::string message) {
    return base::make_error(base::ErrorCode::kBadRequest, std::move(message));
  };
  std::optional<json::value> value;
  if (tag == "?" || tag.empty()) {
    value = plain(text);
  } else if (tag != "!" && tag != "tag:yaml.org,2002:str") {
    value = plain(text);
    const bool known = tag.starts_with(kTagPrefix) &&
                       is_one_of(tag.substr(kTagPrefix.size()), {"null", "bool", "int", "float"});
    if (!known || !value) return wrong(fmt::format("the tag {} has no meaning here", tag));
  }
  if (!value) return json::value(json::string(text.data(), text.size()));
  if (const double* number = value->if_double(); number != nullptr && !std::isfinite(*number)) {
    return wrong(fmt::format("JSON has no number for {}", text));
  }
  return std::move(*value);
}

bool is_plain_string(std::string_view text) { return !plain(text); }

}  // namespace weir::apps::workflow
