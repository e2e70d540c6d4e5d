#include "api/access/credentials.hpp"

#include <optional>
#include <string_view>

#include "base/ascii.hpp"

namespace weir::api {
namespace {

using From = Credentials::From;

constexpr std::string_view kBearer = "bearer";

/// What follows "Bearer", be it nothing; none for another scheme.
std::optional<std::string_view> bearer_of(std::string_view value) {
  if (!base::equal_ignoring_case(value.substr(0, kBearer.size()), kBearer)) return std::nullopt;
  value.remove_prefix(kBearer.size());
  if (!value.empty() && value.front() != ' ') return std::nullopt;
  return base::trim(value);
}

base::Result<std::optional<std::string_view>> only(const net::RequestHead& head,
                                                   std::string_view name) {
  const auto values = head.headers.get_all(name);
  if (values.size() > 1) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            std::string(name) + " must not come twice");
  }
  if (values.empty()) return std::optional<std::string_view>();
  return std::optional(values.front());
}

/// RFC 6265, 4.2.1. The first of that name: the one with the longest path (5.4).
std::optional<std::string_view> cookie_of(const net::RequestHead& head, std::string_view name) {
  for (std::string_view rest : head.headers.get_all("Cookie")) {
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto pair = base::trim(rest.substr(0, end));
      rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
      const auto equals = pair.find('=');
      if (equals == pair.npos || pair.substr(0, equals) != name) continue;
      auto value = pair.substr(equals + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
      }
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

base::Result<Credentials> read_credentials(const net::RequestHead& head,
                                           const base::Settings& settings) {
  const auto authorization = only(head, "Authorization");
  if (!authorization) return authorization.error();
  if (*authorization) {
    if (const auto token = bearer_of(**authorization)) {
      return Credentials{From::kHeader, std::string(*token)};
    }
  }
  const auto key = only(head, "X-Api-Key");
  if (!key) return key.error();
  if (*key) return Credentials{From::kHeader, std::string(**key)};

  Credentials none;
  for (const auto* name : {"access_token", "authorization"}) {
    const auto value = head.url.get(name);
    if (!value || value->empty()) continue;
    if (settings.access.token_in_query) {
      return Credentials{From::kQuery, std::string(bearer_of(*value).value_or(*value))};
    }
    none.refused_in_query = true;
  }
  if (!settings.access.token_cookie.empty()) {
    if (const auto value = cookie_of(head, settings.access.token_cookie);
        value && !value->empty()) {
      return Credentials{From::kCookie, std::string(*value)};
    }
  }
  return none;
}

}  // namespace weir::api
