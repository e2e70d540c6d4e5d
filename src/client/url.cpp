#include "client/url.hpp"

#include <fmt/format.h>

#include <boost/url.hpp>
#include <charconv>
#include <cstdint>

namespace weir::client {
namespace {

using base::ErrorCode;
using base::make_error;

base::Result<Url> take(const boost::urls::url_view& parsed, std::string_view text) {
  const std::string scheme(parsed.scheme());
  if ((scheme != "http" && scheme != "https") || parsed.host_address().empty()) {
    return make_error(ErrorCode::kUsage,
                      fmt::format("\"{}\" is not a URL like http://127.0.0.1:3000", text));
  }
  if (parsed.has_userinfo()) {
    return make_error(ErrorCode::kUsage, fmt::format("\"{}\" must not hold a user name", text));
  }
  Url url;
  url.host = parsed.host_address();
  url.secure = scheme == "https";
  const std::string own_port = url.secure ? "443" : "80";
  url.port = parsed.has_port() && !parsed.port().empty() ? std::string(parsed.port()) : own_port;

  std::uint16_t number = 0;
  const auto parsed_port =
      std::from_chars(url.port.data(), url.port.data() + url.port.size(), number);
  if (parsed_port.ec != std::errc() || number == 0) {
    return make_error(ErrorCode::kUsage, fmt::format("\"{}\" has no valid port", text));
  }
  url.authority = std::string(parsed.encoded_host());
  if (url.port != own_port) url.authority += ":" + url.port;
  url.target = std::string(parsed.encoded_path());
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (parsed.has_query()) url.target += "?" + std::string(parsed.encoded_query());
  return url;
}

}  // namespace

base::Result<Url> parse_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) {
    return make_error(ErrorCode::kUsage,
                      fmt::format("\"{}\" is not a URL like http://127.0.0.1:3000", text));
  }
  return take(*parsed, text);
}

base::Result<Url> resolve(const Url& base, std::string_view reference) {
  const auto bad = [&] {
    return make_error(
        ErrorCode::kNetwork,
        fmt::format("the server redirects to \"{}\", which is no usable URL", reference));
  };
  const std::string from = base.text();
  const auto base_view = boost::urls::parse_uri(from);
  const auto relative = boost::urls::parse_uri_reference({reference.data(), reference.size()});
  if (!base_view || !relative) return bad();
  boost::urls::url resolved;
  if (!boost::urls::resolve(*base_view, *relative, resolved)) return bad();
  auto url = take(resolved, reference);
  if (!url) return bad();
  return url;
}

Url with_path(const Url& url, std::string_view path) {
  Url result = url;
  std::string_view prefix = std::string_view(url.target).substr(0, url.target.find('?'));
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  result.target = fmt::format("{}{}", prefix, path);
  return result;
}

}  // namespace weir::client
