#include "base/settings_check.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/address_block.hpp"
#include "base/listen_address.hpp"

namespace weir::base {
namespace {

std::optional<std::uint32_t> parse_port(std::string_view text) {
  std::uint32_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end || port > 65535) return std::nullopt;
  return port;
}

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Splits "host:port" at the last colon outside brackets; no port leaves `port` empty.
struct HostPort {
  std::string_view host;
  std::optional<std::string_view> port;
};
HostPort split_host_port(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) {
    return {text, std::nullopt};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool in_brackets(std::string_view host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']';
}

std::string check_origin_host(std::string_view host) {
  if (host.empty()) return "has no host";
  if (in_brackets(host)) return {};
  for (const char c : host) {
    if (c >= 'A' && c <= 'Z') return "must be in lower case, as browsers send it";
    if (!is_lower_or_digit(c) && c != '-' && c != '.' && c != '_') {
      return "is not an origin: the host may hold letters, digits, hyphens and dots";
    }
  }
  return {};
}

}  // namespace

std::string check_host_port(std::string_view address) {
  const auto [host, port] = split_host_port(address);
  if (!port) return "has no port: write host:port, as in 127.0.0.1:3000 or [::1]:3000";
  if (!parse_port(*port)) return "has no port between 0 and 65535 after its last colon";
  if (host.find(':') != std::string_view::npos && !in_brackets(host)) {
    return "is an IPv6 address without brackets: write [::1]:3000";
  }
  return {};
}

std::string check_listen(std::string_view address) {
  const auto parsed = parse_listen(address);
  return parsed ? std::string() : parsed.error().detail;
}

std::string check_address_block(std::string_view block) {
  if (parse_address_block(block)) return {};
  return "is neither an address nor a block of addresses, as in 10.0.0.0/8 or fd00::/8";
}

std::string check_origin(std::string_view origin) {
  if (origin == "*") return {};
  if (origin == "null") return "names no one: pages without an origin cannot be told apart";
  const std::size_t colon = origin.find("://");
  if (colon == std::string_view::npos || colon == 0) {
    return "is not an origin: write scheme://host[:port], as in https://app.example";
  }
  const std::string_view scheme = origin.substr(0, colon);
  const std::string_view authority = origin.substr(colon + 3);
  for (const char c : scheme) {
    if (c >= 'A' && c <= 'Z') return "must be in lower case, as browsers send it";
    if (!is_lower_or_digit(c) && c != '+' && c != '-' && c != '.') return "has no valid scheme";
  }
  if (authority.find_first_of("/?#") != std::string_view::npos) {
    return "must end after the host or port: an origin has no path and no trailing slash";
  }
  if (authority.find('@') != std::string_view::npos) return "must not hold a user name";
  const auto [host, port_text] = split_host_port(authority);
  if (std::string wrong = check_origin_host(host); !wrong.empty()) return wrong;
  if (!port_text) return {};
  const auto port = parse_port(*port_text);
  if (!port || *port == 0) return "has no port between 1 and 65535 after its last colon";
  if ((scheme == "https" && *port == 443) || (scheme == "http" && *port == 80)) {
    return "names its scheme's own port, which browsers leave out: leave it out too";
  }
  return {};
}

std::string check_host(std::string_view host) {
  if (host.find(':') != std::string_view::npos && !in_brackets(host)) {
    return "must be without a port, and an IPv6 address in brackets";
  }
  const std::string wrong = check_origin_host(host);
  return wrong.starts_with("is not an origin") ? "is not a host name" : wrong;
}

std::string check_jwt_key(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size()) {
    return "names no file: write ALG=FILE or ALG:KID=FILE";
  }
  const std::string_view head = text.substr(0, equals);
  const std::string_view name = head.substr(0, head.find(':'));
  for (const std::string_view known :
       {"HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA"}) {
    if (name == known) return {};
  }
  return "has no known algorithm before the \"=\": HS256, HS384, HS512, RS256, PS256, ES256 or "
         "EdDSA";
}

std::string check_cookie_name(std::string_view name) {
  if (name == kSessionCookie) return "is the server's own cookie, of sessions";
  for (const char c : name) {
    if (c <= ' ' || c >= 0x7f ||
        std::string_view("()<>@,;:\\\"/[]?={}").find(c) != std::string_view::npos) {
      return "is not the name of a cookie";
    }
  }
  return {};
}

std::string check_selector_text(std::string_view text) {
  if (text.empty()) return "is no topic";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "holds a control character";
  }
  return {};
}

}  // namespace weir::base
