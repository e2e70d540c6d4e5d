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
    kProgram,  ///< Whom the program that the hub is embedded in knows.
  };

  Kind kind = Kind::kAnonymous;
  std::string subject;   ///< A token's `sub`, or an API key's name; may be empty.
  std::string issuer;    ///< A token's `iss`.
  std::string token_id;  ///< A token's `jti`; for an API key the hash of its line.
  /// Stands for the subject where something is counted by it; empty for nobody in particular.
  std::string identity;
  std::optional<base::UnixMillis> issued_at;
  std::optional<base::UnixMillis> not_before;
  /// When it ends; the settings' leeway comes on top.
  std::optional<base::UnixMillis> expires;
  Grants grants;

  bool authenticated() const {
    return kind == Kind::kToken || kind == Kind::kKey || kind == Kind::kProgram;
  }
};

using AccessPtr = std::shared_ptr<const Access>;

}  // namespace weir::access
