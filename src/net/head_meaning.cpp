#include "net/head_meaning.hpp"

#include <charconv>
#include <utility>

#include "net/ascii.hpp"

namespace weir::net {
namespace {

using base::ErrorCode;
using base::make_error;

base::Error malformed(const char* detail) { return make_error(ErrorCode::kMalformedHttp, detail); }

bool is_host_character(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
         std::string_view("-._~%!$&'()*+,;=").find(c) != std::string_view::npos;
}

/// `uri-host [":" port]` (RFC 3986, 3.2.2 and 3.2.3), the host not empty.
bool is_authority(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    for (const char c : text.substr(1, end - 1)) {
      if (!is_hex_digit(c) && c != ':' && c != '.') return false;
    }
    ++end;
  } else {
    while (end < text.size() && is_host_character(text[end])) ++end;
    if (end == 0) return false;
  }
  text.remove_prefix(end);
  if (text.empty()) return true;
  if (text.front() != ':' || text.size() > 6) return false;
  for (const char c : text.substr(1)) {
    if (!is_digit(c)) return false;
  }
  return true;
}

/// Host and port of a target in absolute-form; empty for any other.
std::string_view authority_of(std::string_view target) {
  const std::size_t scheme = target.starts_with('/') ? target.npos : target.find("://");
  if (scheme == target.npos) return {};
  const std::string_view rest = target.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?"));
}

std::optional<base::Error> check_target(const RequestHead& head) {
  const std::string_view target = head.target;
  if (head.method == "CONNECT") {
    return make_error(ErrorCode::kMethodNotAllowed, "this server is not a tunnel");
  }
  if (target.front() == '/') return std::nullopt;
  if (target == "*") {
    if (head.method == "OPTIONS") return std::nullopt;
    return malformed("the target * belongs to OPTIONS");
  }
  // absolute-form (RFC 9112, 3.2.2)
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos ||
      (!equal_ignoring_case(target.substr(0, scheme), "http") &&
       !equal_ignoring_case(target.substr(0, scheme), "https"))) {
    return malformed("the request target is neither a path nor a URL");
  }
  if (!is_authority(authority_of(target))) {
    return malformed("the request target's host is not valid");
  }
  return std::nullopt;
}

std::optional<base::Error> check_host(const RequestHead& head) {
  bool seen = false;
  for (const auto& [name, value] : head.headers) {
    if (!equal_ignoring_case(name, "host")) continue;
    if (seen) return malformed("more than one Host header");
    seen = true;
    if (!is_authority(value)) return malformed("the Host header is not valid");
  }
  if (!seen && head.minor_version >= 1) return malformed("the Host header is missing");
  return std::nullopt;
}

/// Digits alone: no sign, no list, nothing that two parsers read differently.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<base::Error> read_framing(const RequestHead& head, HeadMeaning& meaning) {
  bool has_coding = false;
  for (const auto& [name, value] : head.headers) {
    if (equal_ignoring_case(name, "content-length")) {
      if (meaning.content_length) return malformed("more than one Content-Length");
      meaning.content_length = parse_length(value);
      if (!meaning.content_length) return malformed("the Content-Length is not a number");
    } else if (equal_ignoring_case(name, "transfer-encoding")) {
      if (has_coding) return malformed("more than one Transfer-Encoding");
      has_coding = true;
      meaning.chunked = equal_ignoring_case(value, "chunked");
    }
  }
  if (!has_coding) return std::nullopt;
  if (meaning.content_length) return malformed("both Content-Length and Transfer-Encoding");
  if (head.minor_version == 0) return malformed("Transfer-Encoding in HTTP/1.0");
  if (meaning.chunked) return std::nullopt;
  if (head.headers.has_token("transfer-encoding", "chunked") ||
      head.headers.has_token("transfer-encoding", "")) {
    return malformed("a Transfer-Encoding other than chunked alone");
  }
  return make_error(ErrorCode::kTransferEncoding);
}

}  // namespace

base::Result<HeadMeaning> read_meaning(const RequestHead& head) {
  HeadMeaning meaning;
  if (auto error = check_host(head)) return *std::move(error);
  if (auto error = read_framing(head, meaning)) return *std::move(error);
  if (auto error = check_target(head)) return *std::move(error);

  const bool close = head.headers.has_token("connection", "close");
  meaning.keep_alive =
      !close && (head.minor_version >= 1 || head.headers.has_token("connection", "keep-alive"));
  if (head.minor_version >= 1) {
    for (const auto& [name, value] : head.headers) {
      if (!equal_ignoring_case(name, "expect")) continue;
      if (!equal_ignoring_case(value, "100-continue")) {
        return make_error(ErrorCode::kExpectationFailed);
      }
      meaning.expects_continue = true;
    }
  }
  return meaning;
}

void settle_host(RequestHead& head) {
  const std::string_view authority = authority_of(head.target);
  if (authority.empty()) return;
  Headers settled;
  settled.add("Host", std::string(authority));
  for (const auto& [name, value] : head.headers) {
    if (!equal_ignoring_case(name, "host")) settled.add(name, value);
  }
  head.headers = std::move(settled);
}

}  // namespace weir::net
