#include "access/session.hpp"

#include <fmt/format.h>

#include <utility>

#include "access/crypto.hpp"
#include "base/check.hpp"
#include "base/small_file.hpp"
#include "proto/base64url.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"
#include "proto/jwt.hpp"

namespace weir::access {
namespace {

using proto::JsonValue;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kDepthMax = 16;
// What fits into a cookie, and more.
constexpr std::size_t kTextBytesMax = 8 * 1024;
// Its type (RFC 8725, 3.11) says it to whoever finds one.
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"weir-session+jwt"})";

/// The file's text is what signs, in the form in which it was made.
std::string new_key_text() { return proto::to_base64url(random_bytes(kKeyBytes)); }

base::Result<Key> key_of(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return Key::from_secret(Algorithm::kHs256, "", std::move(text));
}

}  // namespace

std::string SessionClaims::json() const {
  std::string out = fmt::format(R"({{"jti":{},"iat":{},"exp":{})", proto::json_string(token_id),
                                issued_at / 1000, expires / 1000);
  for (const auto& [name, text] :
       {std::pair{"operator", &operator_name}, {"key", &key_name}, {"fp", &fingerprint}}) {
    if (!text->empty()) out += fmt::format(R"(,"{}":{})", name, proto::json_string(*text));
  }
  if (!token.empty()) out += fmt::format(R"(,"token":{})", token);
  return out + "}";
}

base::Result<SessionClaims> SessionClaims::parse(std::string_view json) {
  SessionClaims claims;
  const auto bad = [] {
    return base::make_error(base::ErrorCode::kInvalidToken,
                            "the session is not one of this version");
  };
  const auto read = proto::read_object(
      json, kDepthMax, [&](std::string_view name, JsonValue& value) -> base::Result<> {
        if (name == "token") {
          claims.token = value.bytes;
          return {};
        }
        if (name == "iat" || name == "exp") {
          const auto* seconds = std::get_if<std::int64_t>(&value.content);
          if (seconds == nullptr) return bad();
          (name == "iat" ? claims.issued_at : claims.expires) = *seconds * 1000;
          return {};
        }
        auto* text = std::get_if<std::string>(&value.content);
        std::string* member = name == "jti"        ? &claims.token_id
                              : name == "operator" ? &claims.operator_name
                              : name == "key"      ? &claims.key_name
                              : name == "fp"       ? &claims.fingerprint
                                                   : nullptr;
        // What a later version may add could be a restriction.
        if (text == nullptr || member == nullptr) return bad();
        *member = std::move(*text);
        return {};
      });
  const int origins =
      !claims.operator_name.empty() + !claims.key_name.empty() + !claims.token.empty();
  if (!read || origins != 1 || claims.token_id.empty()) return bad();
  return claims;
}

SessionSigner::SessionSigner() : key_(*key_of(new_key_text())) {}

base::Result<SessionSigner> SessionSigner::from_file(const std::string& path) {
  constexpr std::size_t kFileBytesMax = 1024;
  if (auto made = base::create_secret_file(path, new_key_text() + "\n"); !made) return made.error();
  auto text = base::read_small_file(path, kFileBytesMax);
  if (!text) return text.error();
  auto key = key_of(std::move(*text));
  if (!key) {
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            fmt::format("{}: {}", path, key.error().detail));
  }
  return SessionSigner(std::move(*key));
}

std::string SessionSigner::sign(std::string_view claims) const {
  const auto text = fmt::format("{}.{}", proto::to_base64url(kHeader), proto::to_base64url(claims));
  return fmt::format("{}.{}", text, proto::to_base64url(key_.sign(text)));
}

std::optional<std::string> SessionSigner::claims_of(std::string_view text) const {
  auto jws = proto::parse_jws(text, kTextBytesMax);
  if (!jws || jws->algorithm != name_of(Algorithm::kHs256)) return std::nullopt;
  if (!key_.verify(jws->signing_input, jws->signature)) return std::nullopt;
  return std::move(jws->payload);
}

}  // namespace weir::access
