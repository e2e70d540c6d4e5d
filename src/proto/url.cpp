#include "proto/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/grammar/ci_string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "proto/utf8.hpp"

// Boost.URL decodes, encodes and checks authorities. The cut into path and query is ours: its
// grammar is RFC 3986's, which refuses `{`, `}`, `|` and the like, while browsers send them in
// queries unescaped (WHATWG URL, "query percent-encode set"), as in `?match=orders/{id}`.

namespace weir::proto {
namespace {

using base::ErrorCode;
namespace urls = boost::urls;

base::Error bad(std::string_view what) {
  return base::make_error(ErrorCode::kBadRequest, std::string(what));
}

base::Result<std::string> decode(std::string_view raw, bool plus_is_space) {
  const auto escaped = urls::make_pct_string_view({raw.data(), raw.size()});
  if (!escaped) {
    return bad("the request target holds a \"%\" that two hexadecimal digits do not follow");
  }
  std::string text = escaped->decode({plus_is_space});
  if (text.find('\0') != std::string::npos) return bad("the request target holds an encoded NUL");
  if (!is_utf8(text)) return bad("the request target is not UTF-8 once it is decoded");
  return text;
}

/// What may stand in a target besides the delimiters: visible ASCII. `#` would begin a fragment,
/// which is never sent.
constexpr bool is_target_character(char c) { return c > 0x20 && c < 0x7F && c != '#'; }

/// The path and query of an absolute-form; nothing if it is not one.
std::optional<std::string_view> after_authority(std::string_view target) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = target.substr(0, colon);
  if (!urls::grammar::ci_is_equal(scheme, "http") && !urls::grammar::ci_is_equal(scheme, "https")) {
    return std::nullopt;
  }
  target.remove_prefix(colon + 3);
  const std::size_t end = std::min(target.find_first_of("/?"), target.size());
  const auto authority = urls::parse_authority({target.data(), end});
  // Credentials in a request target are refused: RFC 9110, 4.2.4.
  if (!authority || authority->encoded_host().empty() || authority->has_userinfo()) {
    return std::nullopt;
  }
  return target.substr(end);
}

base::Result<> parse_query(std::string_view query, Target& target) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals), true);
    if (!name) return name.error();
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!value) return value.error();
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

}  // namespace

std::optional<std::string_view> Target::get(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Target::get_all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

base::Result<Target> parse_target(std::string_view target) {
  if (!std::all_of(target.begin(), target.end(), is_target_character)) {
    return bad("the request target holds a byte that must be percent-encoded");
  }
  Target result;
  if (target == "*") {
    result.raw_path = target;
    return result;
  }
  if (!target.starts_with('/')) {
    const auto rest = after_authority(target);
    if (!rest) return bad("the request target is neither a path nor an http or https URL");
    target = *rest;
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  result.raw_path = path.empty() ? "/" : path;
  if (auto decoded = decode_path(result.raw_path); !decoded) return decoded.error();
  if (auto parsed = parse_query(target.substr(std::min(mark + 1, target.size())), result);
      !parsed) {
    return parsed.error();
  }
  return result;
}

base::Result<std::string> decode_path(std::string_view raw) { return decode(raw, false); }

std::string encode_topic_path(std::string_view topic) {
  constexpr auto kPlain = urls::unreserved_chars + '/';
  return urls::encode({topic.data(), topic.size()}, kPlain);
}

}  // namespace weir::proto
