#include "access/jwks.hpp"

#include <optional>
#include <string>

#include "base/refusal.hpp"
#include "proto/base64url.hpp"
#include "proto/json_object.hpp"

namespace weir::access {
namespace {

using proto::JsonValue;

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kKeysMax = 100;

struct Draft {
  std::string type, id, algorithm, use, curve, n, e, x, y, k;
  bool verifies = true;
};

base::Result<> read_operations(const JsonValue& value, Draft& draft) {
  draft.verifies = false;
  return proto::read_array(value.bytes, kDepthMax, [&](JsonValue& each) -> base::Result<> {
    const auto* text = std::get_if<std::string>(&each.content);
    if (text != nullptr && *text == "verify") draft.verifies = true;
    return {};
  });
}

base::Result<> read_member(std::string_view name, JsonValue& value, Draft& draft) {
  if (name == "key_ops") return read_operations(value, draft);
  auto* text = std::get_if<std::string>(&value.content);
  if (text == nullptr) return {};
  if (name == "kty") draft.type = std::move(*text);
  if (name == "kid") draft.id = std::move(*text);
  if (name == "alg") draft.algorithm = std::move(*text);
  if (name == "use") draft.use = std::move(*text);
  if (name == "crv") draft.curve = std::move(*text);
  if (name == "n") draft.n = std::move(*text);
  if (name == "e") draft.e = std::move(*text);
  if (name == "x") draft.x = std::move(*text);
  if (name == "y") draft.y = std::move(*text);
  if (name == "k") draft.k = std::move(*text);
  return {};
}

base::Result<Key> make(const Draft& draft, bool secrets) {
  const auto bytes = [](const std::string& text) {
    return proto::from_base64url(text).value_or(std::string());
  };
  const auto named = algorithm_of(draft.algorithm);
  const auto is = [&](Algorithm algorithm) {
    return draft.algorithm.empty() || named == algorithm;
  };
  if (draft.type == "RSA") {
    const auto algorithm = draft.algorithm.empty() ? Algorithm::kRs256 : named;
    if (algorithm == Algorithm::kRs256 || algorithm == Algorithm::kPs256) {
      return Key::from_rsa(*algorithm, draft.id, bytes(draft.n), bytes(draft.e));
    }
  }
  if (draft.type == "EC" && draft.curve == "P-256" && is(Algorithm::kEs256)) {
    return Key::from_p256(draft.id, bytes(draft.x), bytes(draft.y));
  }
  if (draft.type == "OKP" && draft.curve == "Ed25519" && is(Algorithm::kEdDsa)) {
    return Key::from_ed25519(draft.id, bytes(draft.x));
  }
  if (draft.type == "oct" && secrets && named && is_symmetric(*named)) {
    return Key::from_secret(*named, draft.id, bytes(draft.k));
  }
  return base::bad_configuration("the key is of no kind that is known");
}

base::Result<> read_key(std::string_view json, bool secrets, Keys& keys) {
  Draft draft;
  const auto read = proto::read_object(
      json, kDepthMax,
      [&](std::string_view name, JsonValue& value) { return read_member(name, value, draft); });
  if (!read) return read;
  if (!draft.verifies || (!draft.use.empty() && draft.use != "sig")) return {};
  if (auto key = make(draft, secrets)) keys.push_back(std::move(*key));
  return {};
}

}  // namespace

base::Result<Keys> parse_jwks(std::string_view json, bool secrets) {
  Keys keys;
  bool found = false;
  std::size_t count = 0;
  const auto read = proto::read_object(
      json, kDepthMax, [&](std::string_view name, JsonValue& value) -> base::Result<> {
        if (name != "keys") return {};
        found = true;
        return proto::read_array(value.bytes, kDepthMax, [&](JsonValue& each) -> base::Result<> {
          if (++count > kKeysMax) {
            return base::bad_configuration("the key set holds more than 100 keys");
          }
          return read_key(each.bytes, secrets, keys);
        });
      });
  if (!read && read.error().code == base::ErrorCode::kBadConfiguration) return read.error();
  if (!read || !found) return base::bad_configuration("this is no JSON Web Key Set");
  return keys;
}

}  // namespace weir::access
