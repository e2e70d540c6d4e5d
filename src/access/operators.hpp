#pragma once

#include <map>
#include <string>
#include <string_view>

#include "access/password_hash.hpp"
#include "base/result.hpp"

namespace weir::access {

/// Who may log in with a password.
struct Operator {
  PasswordHash password;
  std::string fingerprint;  ///< Another one after the password was changed.
};

/// Operators by name. The file holds one JSON object a line,
/// `{"name":"ada","password":"$scrypt$…"}`; empty lines and lines that begin with `#` are left out.
/// Immutable; any thread.
class Operators {
 public:
  /// kBadConfiguration, with the line's number.
  static base::Result<Operators> parse(std::string_view text);
  /// Reads the file, which nobody but its owner and group may read. kBadConfiguration with its
  /// path.
  static base::Result<Operators> load(const std::string& path);

  const Operator* find(std::string_view name) const;
  const std::map<std::string, Operator, std::less<>>& all() const { return all_; }

 private:
  base::Result<> add(std::string_view line);

  std::map<std::string, Operator, std::less<>> all_;
};

/// The operator's line in the file. Slow: it hashes the password.
std::string operator_line(std::string_view name, std::string_view password);

/// The name in a line of the file; empty for a comment, or what is no such line.
std::string operator_name_of(std::string_view line);

/// kUsage for what cannot be an operator's name: 1 to 64 letters, digits, `.`, `_`, `-` and `@`.
base::Result<> check_operator_name(std::string_view name);

}  // namespace weir::access
