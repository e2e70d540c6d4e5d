#include "access/api_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/crypto.hpp"
#include "access/lines.hpp"
#include "base/refusal.hpp"
#include "proto/base64url.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"
#include "proto/rfc3339.hpp"

namespace weir::access {
namespace {

using proto::JsonValue;

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kIdBytes = 6;
constexpr std::size_t kSecretBytes = 32;

/// The public part of "weir_<id>_<secret>"; empty if it is no such text.
std::string_view id_of(std::string_view text) {
  if (!text.starts_with(kApiKeyPrefix)) return {};
  text.remove_prefix(kApiKeyPrefix.size());
  const auto end = text.find('_');
  return end == text.npos ? std::string_view() : text.substr(0, end);
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

base::Result<> ApiKeys::add(std::string_view line) {
  Access access;
  access.kind = Access::Kind::kKey;
  std::string id;
  std::string hash;
  std::string grants;  // The members that remain, for `read_grants`.
  const auto read = proto::read_object(
      line, kDepthMax, [&](std::string_view name, JsonValue& value) -> base::Result<> {
        auto* text = std::get_if<std::string>(&value.content);
        if (name == "name" || name == "id" || name == "sha256" || name == "expires") {
          if (text == nullptr) {
            return base::bad_configuration(fmt::format("\"{}\" is not a string", name));
          }
          if (name == "name") access.subject = *text;
          if (name == "id") id = *text;
          if (name == "sha256") hash = *text;
          if (name != "expires") return {};
          access.expires = proto::parse_rfc3339(*text);
          if (!access.expires) {
            return base::bad_configuration("\"expires\" is not a time of RFC 3339");
          }
          return {};
        }
        grants += fmt::format("{}{}:{}", grants.empty() ? "" : ",", proto::json_string(name),
                              value.bytes);
        return {};
      });
  if (!read) return base::bad_configuration(read.error().detail);
  if (access.subject.empty()) return base::bad_configuration("the key has no \"name\"");
  if (id.empty() || id.find('_') != id.npos) {
    return base::bad_configuration("the key has no valid \"id\"");
  }
  if (hash.size() != 64 || !is_hex(hash)) {
    return base::bad_configuration("\"sha256\" is not 64 hexadecimal digits");
  }
  auto granted = read_grants("{" + grants + "}");
  if (!granted) return base::bad_configuration(granted.error().detail);
  access.grants = std::move(*granted);
  access.identity = "key\n" + access.subject;
  access.fingerprint = fingerprint_of(line);
  if (keys_.contains(id) || names_.contains(access.subject)) {
    return base::bad_configuration(
        fmt::format("the name or id of \"{}\" is used twice", access.subject));
  }
  const auto shared = std::make_shared<const Access>(std::move(access));
  names_.emplace(shared->subject, shared);
  keys_.emplace(std::move(id), Entry{std::move(hash), shared});
  return {};
}

base::Result<ApiKeys> ApiKeys::parse(std::string_view text) {
  ApiKeys keys;
  const auto read = for_each_line(text, [&](std::string_view line) { return keys.add(line); });
  if (!read) return read.error();
  return keys;
}

AccessPtr ApiKeys::find(std::string_view text) const {
  const auto at = keys_.find(id_of(text));
  if (at == keys_.end()) return nullptr;
  return equal_in_constant_time(to_hex(sha256(text)), at->second.hash) ? at->second.access
                                                                       : nullptr;
}

AccessPtr ApiKeys::named(std::string_view name) const {
  const auto at = names_.find(name);
  return at == names_.end() ? nullptr : at->second;
}

NewApiKey make_api_key(std::string_view name, std::string_view grants_json,
                       std::optional<base::UnixMillis> expires) {
  const auto id = to_hex(random_bytes(kIdBytes));
  const auto secret = proto::to_base64url(random_bytes(kSecretBytes));
  NewApiKey key;
  key.text = fmt::format("{}{}_{}", kApiKeyPrefix, id, secret);
  key.line = fmt::format(R"({{"name":{},"id":"{}","sha256":"{}")", proto::json_string(name), id,
                         to_hex(sha256(key.text)));
  if (!grants_json.empty()) key.line += fmt::format(",{}", grants_json);
  if (expires) key.line += fmt::format(R"(,"expires":"{}")", proto::format_rfc3339(*expires));
  key.line += "}";
  return key;
}

}  // namespace weir::access
