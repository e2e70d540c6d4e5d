#include "api/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "api/cors.hpp"
#include "base/ascii.hpp"

namespace weir::api {
namespace {

// What is served here is data: no browser is to guess it a page, show it in a frame, or tell where
// it came from. Pages bring a policy of their own.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSecurityHeaders = {
    {{"X-Content-Type-Options", "nosniff"},
     {"Referrer-Policy", "no-referrer"},
     {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
     {"Cross-Origin-Resource-Policy", "same-origin"}}};

std::pair<std::string, std::string>* find(net::Response& response, std::string_view name) {
  const auto at = std::find_if(
      response.headers.begin(), response.headers.end(),
      [&](const auto& header) { return base::equal_ignoring_case(header.first, name); });
  return at == response.headers.end() ? nullptr : &*at;
}

/// RFC 6750, 3: a description is printable ASCII without quotes and backslashes.
std::string description_of(std::string_view detail) {
  std::string out;
  for (const char c : detail) {
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') out.push_back(c);
  }
  return out;
}

}  // namespace

void add_common_headers(const net::RequestHead& request, const base::Settings& settings,
                        net::Response& response) {
  add_cors_headers(request, settings, response);
  add_security_headers(response);
}

void add_security_headers(net::Response& response) {
  for (const auto& [name, value] : kSecurityHeaders) {
    if (find(response, name) == nullptr) response.set(std::string(name), std::string(value));
  }
}

net::Response problem_answer(const base::Error& error) {
  auto response = net::problem_response(error);
  if (error.retry_after_seconds > 0) {
    auto value = std::to_string(error.retry_after_seconds);
    if (auto* header = find(response, "Retry-After")) {
      header->second = std::move(value);
    } else {
      response.set("Retry-After", std::move(value));
    }
  }
  switch (error.code) {
    case base::ErrorCode::kUnauthorized:
    case base::ErrorCode::kLoginFailed:
      response.set("WWW-Authenticate", "Bearer");
      break;
    case base::ErrorCode::kInvalidToken:
      response.set("WWW-Authenticate",
                   fmt::format(R"(Bearer error="invalid_token", error_description="{}")",
                               description_of(error.detail)));
      break;
    case base::ErrorCode::kForbidden:
      response.set("WWW-Authenticate", R"(Bearer error="insufficient_scope")");
      break;
    default:
      break;
  }
  return response;
}

}  // namespace weir::api
