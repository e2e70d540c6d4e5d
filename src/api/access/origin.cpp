#include "api/access/origin.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "base/ip_address.hpp"

namespace weir::api {
namespace {

base::Error foreign(std::string detail) {
  return base::make_error(base::ErrorCode::kForeignOrigin, std::move(detail));
}

/// Host and port, without a port that is the scheme's own: a page and its server may be told apart
/// by scheme only where something in front of the server ends TLS.
std::string_view without_default_port(std::string_view authority) {
  for (const std::string_view port : {":80", ":443"}) {
    if (authority.ends_with(port)) return authority.substr(0, authority.size() - port.size());
  }
  return authority;
}

bool is_allowed(const net::RequestHead& head, const base::Settings& settings,
                std::string_view origin) {
  const auto& allowed = settings.cors_origin;
  if (std::any_of(allowed.begin(), allowed.end(),
                  [&](const auto& each) { return each == "*" || each == origin; })) {
    return true;
  }
  const auto scheme = origin.find("://");
  const auto host = head.headers.get("Host");
  if (scheme == origin.npos || !host) return false;
  return base::equal_ignoring_case(without_default_port(origin.substr(scheme + 3)),
                                   without_default_port(*host));
}

/// Where the request says that it comes from; nothing if it says nothing.
std::optional<std::string_view> stated_origin(const net::RequestHead& head) {
  if (const auto origin = head.headers.get("Origin")) return origin;
  if (const auto referer = head.headers.get("Referer")) return origin_of(*referer);
  return std::nullopt;
}

}  // namespace

std::string_view origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return url;
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

bool needs_origin_check(const net::RequestHead& head) {
  if (head.method == "OPTIONS") return false;
  if (head.method != "GET" && head.method != "HEAD") return true;
  return head.headers.get("Upgrade").has_value() || head.headers.get("Sec-WebSocket-Key");
}

base::Result<> check_origin(const net::RequestHead& head, const base::Settings& settings) {
  if (const auto origin = stated_origin(head)) {
    if (is_allowed(head, settings, *origin)) return {};
    return foreign("the page's origin is not in cors_origin");
  }
  const auto site = head.headers.get("Sec-Fetch-Site");
  if (site && *site == "cross-site") return foreign("a page of another site has sent this");
  return {};
}

base::Result<> check_cookie_origin(const net::RequestHead& head, const base::Settings& settings) {
  if (needs_origin_check(head) && !stated_origin(head)) {
    return foreign("with a cookie a request must have an Origin or a Referer");
  }
  // Also what only reads: a foreign page must not open streams in its visitor's name.
  return check_origin(head, settings);
}

base::Result<> check_host(const net::RequestHead& head, const base::Settings& settings) {
  const auto given = head.headers.get("Host");
  if (!given) return {};  // HTTP/1.0, which no browser speaks.
  auto host = base::host_of(*given);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.find('.') == host.npos || base::IpAddress::parse(host)) return {};
  constexpr std::string_view kBelowLocalhost = ".localhost";
  if (host.size() > kBelowLocalhost.size() &&
      base::equal_ignoring_case(host.substr(host.size() - kBelowLocalhost.size()),
                                kBelowLocalhost)) {
    return {};
  }
  const auto& allowed = settings.access.allowed_host;
  if (std::any_of(allowed.begin(), allowed.end(),
                  [&](const auto& each) { return base::equal_ignoring_case(each, host); })) {
    return {};
  }
  return foreign("the Host is not in allowed_host");
}

}  // namespace weir::api
