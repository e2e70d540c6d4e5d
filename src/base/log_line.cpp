#include "base/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.hpp"

namespace weir::base {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_key_char(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; }

/// How many bytes the UTF-8 character at the front has; 0: it is none (RFC 3629, 4).
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                             : lead >= 0xe0 && lead <= 0xef ? 3
                             : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                            : 0;
  if (length == 0) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) > 0x9f;
  const bool too_high = lead == 0xf4 && byte(1) > 0x8f;
  return overlong || surrogate || too_high ? 0 : length;
}

void append_json(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const char c = text.front();
    const auto bytes = character_bytes(text);
    if (bytes == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (is_control(c)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.append(text.substr(0, bytes));
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  out.push_back('"');
}

/// A number of JSON without exponent (RFC 8259, 6).
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  if (whole.empty() || !std::all_of(whole.begin(), whole.end(), is_digit)) return false;
  if (whole.size() > 1 && whole.front() == '0') return false;
  if (point == std::string_view::npos) return true;
  const auto rest = text.substr(point + 1);
  return !rest.empty() && std::all_of(rest.begin(), rest.end(), is_digit);
}

/// The length of a key and its `=` at the front; 0 if there is none.
std::size_t key_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_key_char(text[length])) ++length;
  return length > 0 && length < text.size() && text[length] == '=' ? length + 1 : 0;
}

/// Where a quoted value ends, after its opening quote: what is quoted may hold quotes itself, so
/// the end is a quote before the next key or the end of the line.
std::optional<std::size_t> quote_end(std::string_view text) {
  for (auto at = text.find('"'); at != std::string_view::npos; at = text.find('"', at + 1)) {
    const auto rest = text.substr(at + 1);
    if (rest.empty() || (rest.front() == ' ' && key_length(rest.substr(1)) > 0)) return at;
  }
  return std::nullopt;
}

std::string message(std::string_view keys) {
  std::string out = "\"message\":";
  append_json(out, keys);
  return out;
}

}  // namespace

std::string log_text(std::string_view keys) {
  std::string out;
  out.reserve(keys.size());
  for (const char c : keys) {
    if (is_control(c))
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else
      out.push_back(c);
  }
  return out;
}

std::string log_json(std::string_view keys) {
  std::string out;
  for (auto rest = keys; !rest.empty();) {
    const auto key = key_length(rest);
    if (key == 0) return message(keys);
    if (!out.empty()) out.push_back(',');
    append_json(out, rest.substr(0, key - 1));
    out.push_back(':');
    rest.remove_prefix(key);
    std::size_t end;
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      const auto closing = quote_end(rest);
      if (!closing) return message(keys);
      append_json(out, rest.substr(0, *closing));
      end = *closing + 1;
    } else {
      end = std::min(rest.find(' '), rest.size());
      const auto value = rest.substr(0, end);
      if (is_number(value))
        out.append(value);
      else
        append_json(out, value);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

bool RecurringLine::due(std::string_view words) {
  const auto now = clock_->steady();
  if (ever_ && words == words_ && now - said_ < kEvery) {
    ++held_back_;
    return false;
  }
  ever_ = true;
  words_ = words;
  said_ = now;
  said_held_back_ = std::exchange(held_back_, 0);
  return true;
}

}  // namespace weir::base
