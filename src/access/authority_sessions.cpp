// Sessions: how they are opened, what with, and what ends them.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "access/authority.hpp"
#include "access/crypto.hpp"
#include "access/token_access.hpp"
#include "proto/base64url.hpp"
#include "proto/jwt.hpp"

namespace weir::access {
namespace {

using base::ErrorCode;

constexpr std::size_t kIdBytes = 16;
// Browsers keep 4,096 bytes of a cookie, its name and attributes included, and drop longer ones.
constexpr std::size_t kTextBytesMax = 3'800;

base::Error failed(std::string detail = {}) {
  return base::make_error(ErrorCode::kLoginFailed, std::move(detail));
}

base::Error ended(std::string detail) {
  return base::make_error(ErrorCode::kInvalidToken, std::move(detail));
}

}  // namespace

/// Whose it is by what it rests on now: a key's grants may have become others.
base::Result<AccessPtr> Authority::access_of_session(const Policy& policy,
                                                     const SessionClaims& claims) {
  Access access;
  if (!claims.operator_name.empty()) {
    access.subject = claims.operator_name;
    access.identity = "operator\n" + claims.operator_name;
    access.fingerprint = claims.fingerprint;
    access.grants = all_grants();
  } else if (!claims.key_name.empty()) {
    access.origin = policy.api_keys.named(claims.key_name);
    if (!access.origin || access.origin->fingerprint != claims.fingerprint) {
      return ended("the key that the session was opened with has been changed or removed");
    }
  } else {
    auto token = proto::parse_claims(claims.token);
    if (!token) return token.error();
    auto origin = access_of(std::move(*token), claims.token_id);
    if (!origin) return origin.error();
    origin->fingerprint = claims.fingerprint;
    access.origin = std::make_shared<const Access>(std::move(*origin));
  }
  if (const auto& origin = access.origin) {
    access.subject = origin->subject;
    access.issuer = origin->issuer;
    access.identity = origin->identity;
    access.grants = origin->grants;
  }
  access.kind = Access::Kind::kSession;
  access.token_id = claims.token_id;
  access.issued_at = claims.issued_at;
  access.expires = claims.expires;
  return std::make_shared<const Access>(std::move(access));
}

base::Result<AccessPtr> Authority::authenticate_session(std::string_view text) {
  const auto json = signer_.claims_of(text);
  if (!json) return AccessPtr();
  const auto claims = SessionClaims::parse(*json);
  auto access = claims ? access_of_session(*policy_.get(), *claims) : claims.error();
  if (access) {
    if (auto valid = still_valid(**access); !valid) access = valid.error();
  }
  if (!access) refused_.fetch_add(1, std::memory_order_relaxed);
  return access;
}

base::Result<Session> Authority::open_session(SessionClaims claims,
                                              std::chrono::milliseconds lifetime,
                                              std::optional<base::UnixMillis> expires) const {
  claims.token_id =
      fmt::format("{}{}", kSessionIdPrefix, proto::to_base64url(random_bytes(kIdBytes)));
  claims.issued_at = clock_->unix_millis() / 1000 * 1000;
  const auto end = clock_->unix_millis() + lifetime.count();
  claims.expires = std::min(end, expires.value_or(end)) / 1000 * 1000;
  auto access = access_of_session(*policy_.get(), claims);
  if (!access) return failed(access.error().detail);
  // What was found good may have ended while a password was checked.
  if (auto valid = still_valid(**access); !valid) return failed(valid.error().detail);
  auto text = signer_.sign(claims.json());
  if (text.size() > kTextBytesMax) {
    return failed("the token grants more than a cookie can hold");
  }
  return Session{std::move(text), std::move(*access)};
}

base::Result<Session> Authority::log_in(std::string_view token,
                                        std::chrono::milliseconds lifetime) {
  const auto access = authenticate(token);
  if (!access) {
    const auto& error = access.error();
    return error.code == ErrorCode::kInvalidToken ? failed(error.detail) : error;
  }
  if (!(*access)->grants.admin) {
    return base::make_error(ErrorCode::kForbidden, "the token is not an admin's");
  }
  SessionClaims claims;
  claims.fingerprint = (*access)->fingerprint;
  if ((*access)->kind == Access::Kind::kKey) {
    claims.key_name = (*access)->subject;
  } else {
    // Verified above; what the session needs of it stands in the session.
    const auto jws = proto::parse_jws(token, policy_.get()->token_bytes_max);
    if (!jws) return failed(jws.error().detail);
    const auto essential = proto::parse_claims(jws->payload);
    if (!essential) return failed(essential.error().detail);
    claims.token = essential_claims(*essential);
  }
  return open_session(std::move(claims), lifetime, (*access)->expires);
}

base::Result<> Authority::log_in(std::string name, std::string password,
                                 std::chrono::milliseconds lifetime, std::size_t waiting_max,
                                 LoginDone done) {
  const auto policy = policy_.get();
  const auto* known = policy->operators.find(name);
  SessionClaims claims;
  if (known != nullptr) {
    claims.operator_name = std::move(name);
    claims.fingerprint = known->fingerprint;
  }
  const bool waits = passwords_.check(
      known != nullptr ? known->password : decoy_, std::move(password), waiting_max,
      [this, claims = std::move(claims), lifetime,
       done = std::move(done)](const base::Result<bool>& matches) {
        if (!matches) return done(matches.error());
        if (!*matches || claims.operator_name.empty()) {
          return done(failed("the name or the password is not right"));
        }
        done(open_session(claims, lifetime, std::nullopt));
      });
  if (!waits) return base::make_error(ErrorCode::kLoginOverload);
  return {};
}

}  // namespace weir::access
