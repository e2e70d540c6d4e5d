#include "access/token_access.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "proto/json.hpp"

namespace weir::access {
namespace {

base::UnixMillis millis_of(double seconds) {
  return static_cast<base::UnixMillis>(std::floor(seconds * 1000));
}

}  // namespace

base::Result<Access> access_of(proto::Claims claims, std::string_view id) {
  base::Result<Grants> grants = Grants{};
  if (!claims.weir.empty()) {
    grants = read_grants(claims.weir);
  } else if (!claims.mercure.empty()) {
    grants = read_mercure_grants(claims.mercure);
  }
  if (!grants) return grants.error();

  Access access;
  access.kind = Access::Kind::kToken;
  access.identity = claims.subject.empty()
                        ? fmt::format("token\n{}", id)
                        : fmt::format("sub\n{}\n{}", claims.issuer, claims.subject);
  access.subject = std::move(claims.subject);
  access.issuer = std::move(claims.issuer);
  access.token_id = std::move(claims.token_id);
  if (claims.issued_at) access.issued_at = millis_of(*claims.issued_at);
  if (claims.not_before) access.not_before = millis_of(*claims.not_before);
  if (claims.expires) access.expires = millis_of(*claims.expires);
  access.grants = std::move(*grants);
  return access;
}

std::string essential_claims(const proto::Claims& claims) {
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view json) {
    out += fmt::format(R"({}"{}":{})", out.empty() ? "" : ",", name, json);
  };
  for (const auto& [name, text] :
       {std::pair{"sub", &claims.subject}, {"iss", &claims.issuer}, {"jti", &claims.token_id}}) {
    if (!text->empty()) add(name, proto::json_string(*text));
  }
  for (const auto& [name, seconds] :
       {std::pair{"iat", claims.issued_at}, {"nbf", claims.not_before}, {"exp", claims.expires}}) {
    if (seconds) add(name, fmt::format("{:.3f}", *seconds));
  }
  if (!claims.weir.empty()) add("weir", claims.weir);
  if (!claims.mercure.empty()) add("mercure", claims.mercure);
  return "{" + out + "}";
}

}  // namespace weir::access
