#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "access/access.hpp"
#include "base/result.hpp"
#include "base/string_map.hpp"

namespace weir::access {

/// `weir_<id>_<secret>`: what an API key's text begins with, so that it is told from a token, and
/// so that it is found when it has been published by mistake.
inline constexpr std::string_view kApiKeyPrefix = "weir_";

/// API keys by name, with a hash in the place of each secret. The file holds one JSON object a
/// line,
/// `{"name":"ci","id":"…","sha256":"…","publish":[…],…,"expires":"2027-01-01T00:00:00Z"}`; empty
/// lines and lines that begin with `#` are left out. Immutable; any thread.
class ApiKeys {
 public:
  /// kBadConfiguration, with the line's number.
  static base::Result<ApiKeys> parse(std::string_view text);

  /// The key's access, whatever its time; null if there is none. The hash is compared in constant
  /// time: what can be measured is whether the public id exists.
  AccessPtr find(std::string_view text) const;

  /// Whether an access that was found, maybe in an earlier file, is still what its line says.
  bool holds(const Access& access) const { return lines_.contains(access.token_id); }

  std::size_t size() const { return keys_.size(); }

 private:
  struct Entry {
    std::string hash;
    AccessPtr access;
  };
  base::Result<> add(std::string_view line);

  base::StringMap<Entry> keys_;  // By id.
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> lines_;  // Their hashes.
};

/// A new key: its text, which is shown once, and the line for the file.
struct NewApiKey {
  std::string text;
  std::string line;
};
/// `grants_json`: the members of a grant, without braces, may be empty.
NewApiKey make_api_key(std::string_view name, std::string_view grants_json,
                       std::optional<base::UnixMillis> expires);

}  // namespace weir::access
