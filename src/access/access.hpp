#pragma once

#include <memory>
#include <optional>
#include <string>

#include "access/grants.hpp"
#include "base/types.hpp"

namespace weir::access {

/// Who is asking, and what they may do. Immutable and shared; any thread.
struct Access {
  enum class Kind {
    kOpen,       ///< The server is open: everybody may do everything.
    kAnonymous,  ///< Without a token: what the settings allow.
    kToken,
    kKey,
    kSession,  ///< Of an operator, or of who has shown an admin's token or key.
    kProgram,  ///< Whom the program that the hub is embedded in knows.
  };

  Kind kind = Kind::kAnonymous;
  std::string subject;   ///< A token's `sub`, an API key's or operator's name; may be empty.
  std::string issuer;    ///< A token's `iss`.
  std::string token_id;  ///< A token's or session's `jti`.
  /// Of what it rests on: an API key's or an operator's line in its file, the key that a token is
  /// signed with. Another one once that is another one. Empty for what rests on nothing.
  std::string fingerprint;
  /// What a session was opened with, a token or key, and ends with; null: a password.
  std::shared_ptr<const Access> origin;
  /// Stands for the subject where something is counted by it; empty for nobody in particular.
  std::string identity;
  std::optional<base::UnixMillis> issued_at;
  std::optional<base::UnixMillis> not_before;
  /// When it ends; the settings' leeway comes on top.
  std::optional<base::UnixMillis> expires;
  Grants grants;

  bool authenticated() const { return kind >= Kind::kToken; }
};

using AccessPtr = std::shared_ptr<const Access>;

}  // namespace weir::access
