#include "proto/expression_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.hpp"

namespace weir::proto {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kShownBefore = 48;  // Characters of the text shown in a refusal.
constexpr std::size_t kShownAfter = 24;

using base::is_digit;
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '-'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Where the characters of UTF-8 begin.
std::vector<std::size_t> characters(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_continuation(text[i])) starts.push_back(i);
  }
  return starts;
}

}  // namespace

char ExpressionText::peek() {
  at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
  return peek_adjacent();
}

bool ExpressionText::at_end() {
  peek();
  return at_ == text_.size();
}

bool ExpressionText::take(std::string_view token) {
  peek();
  if (!text_.substr(at_).starts_with(token)) return false;
  at_ += token.size();
  return true;
}

bool ExpressionText::take_adjacent(char c) {
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

std::string_view ExpressionText::name() {
  const std::size_t begin = at_;
  if (at_ < text_.size() && begins_name(text_[at_])) {
    while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

base::Result<std::string> ExpressionText::quoted() {
  const std::size_t begin = at_;
  const char quote = text_[at_++];
  // What stands between the quotes is read as JSON, so that there is one set of escapes.
  std::string json = "\"";
  for (;; ++at_) {
    if (at_ == text_.size()) return wrong("this string has no end", begin);
    const char c = text_[at_];
    if (c == quote) break;
    if (c == '\\' && at_ + 1 < text_.size()) {
      const char escaped = text_[++at_];
      if (escaped != '\'') json.push_back('\\');
      json.push_back(escaped);
      continue;
    }
    if (c == '"') json.push_back('\\');
    json.push_back(c);
  }
  ++at_;
  json.push_back('"');
  JsonReader reader(json, 1);
  auto value = reader.value();
  if (!value) return wrong("this string is not one that JSON takes", begin);
  return std::get<std::string>(std::move(value->content));
}

base::Result<JsonValue> ExpressionText::number() {
  const std::size_t begin = at_;
  take_adjacent('-');
  while (is_digit(peek_adjacent()) || peek_adjacent() == '.') ++at_;
  // A sign belongs to the number only here: `2-1` is a difference.
  if (take_adjacent('e') || take_adjacent('E')) {
    if (!take_adjacent('-')) take_adjacent('+');
    while (is_digit(peek_adjacent())) ++at_;
  }
  JsonReader reader(text_.substr(begin, at_ - begin), 1);
  auto value = reader.value();
  if (!value || !reader.expect_end()) return wrong("this is not a number of JSON", begin);
  return value;
}

base::Error ExpressionText::wrong(std::string_view what, std::size_t at) const {
  const auto starts = characters(text_);
  const auto index =
      static_cast<std::size_t>(std::lower_bound(starts.begin(), starts.end(), at) - starts.begin());
  const std::size_t first = index > kShownBefore ? index - kShownBefore : 0;
  const std::size_t last = std::min(starts.size(), index + kShownAfter);
  const auto offset = [&](std::size_t i) { return i < starts.size() ? starts[i] : text_.size(); };
  std::string shown(text_.substr(offset(first), offset(last) - offset(first)));
  // One line: a control character would move the caret.
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  const std::string_view before = first > 0 ? "…" : "";
  const std::string_view after = last < starts.size() ? "…" : "";
  return base::make_error(
      code_, fmt::format("{} at character {}\n{}{}{}\n{:>{}}", what, index + 1, before, shown,
                         after, "^", index - first + 1 + (first > 0 ? 1 : 0)));
}

}  // namespace weir::proto
