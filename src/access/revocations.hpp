#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "base/result.hpp"

namespace weir::access {

/// One thing that is not valid any more: `jti:ID`, `sub:SUBJECT` or `key:NAME`.
struct Revocation {
  enum class Kind { kTokenId, kSubject, kKey };
  Kind kind;
  std::string value;

  /// kBadRequest for another text.
  static base::Result<Revocation> parse(std::string_view text);
  std::string text() const;
  auto operator<=>(const Revocation&) const = default;
};

/// What has been revoked. Immutable once shared; any thread.
class Revocations {
 public:
  /// A line each; empty lines and `#` comments are left out. kBadConfiguration with the line's
  /// number.
  static base::Result<Revocations> parse(std::string_view text);

  void add(Revocation revocation) { all_.insert(std::move(revocation)); }
  void remove(const Revocation& revocation) { all_.erase(revocation); }
  void merge(const Revocations& other) { all_.insert(other.all_.begin(), other.all_.end()); }
  bool covers(const Access& access) const;
  const std::set<Revocation>& all() const { return all_; }

 private:
  std::set<Revocation> all_;
};

}  // namespace weir::access
