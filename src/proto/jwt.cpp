#include "proto/jwt.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "proto/base64url.hpp"
#include "proto/json_object.hpp"

namespace weir::proto {
namespace {

constexpr std::size_t kDepthMax = 16;
constexpr std::size_t kHeaderTextBytesMax = 256;
// Far beyond any date, and exact in a double.
constexpr double kSecondsMax = 9e12;

base::Error invalid(std::string detail) {
  return base::make_error(base::ErrorCode::kInvalidToken, std::move(detail));
}

base::Result<std::string> text_of(std::string_view name, JsonValue& value) {
  auto* text = std::get_if<std::string>(&value.content);
  if (text == nullptr) return invalid(fmt::format("\"{}\" is not a string", name));
  return std::move(*text);
}

base::Result<double> seconds_of(std::string_view name, const JsonValue& value) {
  double seconds = NAN;
  if (const auto* whole = std::get_if<std::int64_t>(&value.content)) {
    seconds = static_cast<double>(*whole);
  } else if (const auto* real = std::get_if<double>(&value.content)) {
    seconds = *real;
  }
  if (!(std::abs(seconds) <= kSecondsMax)) {
    return invalid(fmt::format("\"{}\" is not a number of seconds", name));
  }
  return seconds;
}

base::Result<> read_header(std::string_view text, Jws& jws) {
  return read_object(text, kDepthMax,
                     [&jws](std::string_view name, JsonValue& value) -> base::Result<> {
                       if (name == "crit")
                         return invalid("\"crit\" asks for what is not understood here");
                       if (name != "alg" && name != "kid") return {};
                       auto read = text_of(name, value);
                       if (!read) return read.error();
                       if (read->size() > kHeaderTextBytesMax) {
                         return invalid(fmt::format("\"{}\" is too long", name));
                       }
                       (name == "alg" ? jws.algorithm : jws.key_id) = std::move(*read);
                       return {};
                     });
}

/// One string, or an array of them.
base::Result<> read_audience(JsonValue& value, Claims& claims) {
  auto& audience = claims.audience.emplace();
  if (auto* text = std::get_if<std::string>(&value.content)) {
    audience.push_back(std::move(*text));
    return {};
  }
  if (!value.bytes.starts_with('[')) return invalid("\"aud\" is neither a string nor an array");
  return read_array(value.bytes, kDepthMax, [&](JsonValue& element) -> base::Result<> {
    auto read = text_of("aud", element);
    if (!read) return read.error();
    audience.push_back(std::move(*read));
    return {};
  });
}

base::Result<> read_claim(std::string_view name, JsonValue& value, Claims& claims) {
  const auto text = [&](std::string& out) -> base::Result<> {
    auto read = text_of(name, value);
    if (!read) return read.error();
    out = std::move(*read);
    return {};
  };
  const auto seconds = [&](std::optional<double>& out) -> base::Result<> {
    const auto read = seconds_of(name, value);
    if (!read) return read.error();
    out = *read;
    return {};
  };
  if (name == "exp") return seconds(claims.expires);
  if (name == "nbf") return seconds(claims.not_before);
  if (name == "iat") return seconds(claims.issued_at);
  if (name == "iss") return text(claims.issuer);
  if (name == "sub") return text(claims.subject);
  if (name == "jti") return text(claims.token_id);
  if (name == "aud") return read_audience(value, claims);
  if (name == "weir") claims.weir = value.bytes;
  // The second is the name that Mercure gives its claim where plain ones might collide.
  if (name == "mercure" || name == "https://mercure.rocks/") claims.mercure = value.bytes;
  return {};
}

/// What the JSON reader says is about bytes of the token: it is not passed on.
base::Error as_invalid(const base::Error& error, std::string_view part) {
  if (error.code == base::ErrorCode::kInvalidToken) return error;
  return invalid(fmt::format("the {} is not valid JSON", part));
}

}  // namespace

base::Result<Jws> parse_jws(std::string_view token, std::size_t bytes_max) {
  if (token.size() > bytes_max) {
    return invalid(fmt::format("the token is longer than {} bytes", bytes_max));
  }
  const auto first = token.find('.');
  const auto second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return invalid("a token has three parts with a dot between them");
  }
  const auto header = from_base64url(token.substr(0, first));
  auto payload = from_base64url(token.substr(first + 1, second - first - 1));
  auto signature = from_base64url(token.substr(second + 1));
  if (!header || !payload || !signature) return invalid("a part is not base64url");
  Jws jws;
  jws.signing_input = token.substr(0, second);
  jws.payload = std::move(*payload);
  jws.signature = std::move(*signature);
  if (const auto read = read_header(*header, jws); !read) {
    return as_invalid(read.error(), "header");
  }
  if (jws.algorithm.empty()) return invalid("the header names no algorithm");
  return jws;
}

base::Result<Claims> parse_claims(std::string_view payload) {
  Claims claims;
  const auto read =
      read_object(payload, kDepthMax, [&claims](std::string_view name, JsonValue& value) {
        return read_claim(name, value, claims);
      });
  if (!read) return as_invalid(read.error(), "payload");
  return claims;
}

}  // namespace weir::proto
