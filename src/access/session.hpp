#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/key.hpp"
#include "base/result.hpp"
#include "base/types.hpp"

namespace weir::access {

/// What the `jti` of a session begins with.
inline constexpr std::string_view kSessionIdPrefix = "session-";

/// What a session says of itself: whose it is, and what it was opened with, which is one of an
/// operator's password, an API key and a token.
struct SessionClaims {
  std::string token_id;
  base::UnixMillis issued_at = 0;
  base::UnixMillis expires = 0;  ///< Both in whole seconds.
  std::string operator_name;
  std::string key_name;
  std::string fingerprint;  ///< Of the operator's or the key's line, or of the token's key.
  std::string token;        ///< The claims of a token, as JSON.

  std::string json() const;
  /// kInvalidToken.
  static base::Result<SessionClaims> parse(std::string_view json);
};

/// Signs sessions, and tells its own from others' (JWS in the compact form, HS256, RFC 7515, 7.1).
/// The key is for nothing else. Immutable; any thread.
class SessionSigner {
 public:
  /// With a key that nobody keeps: its sessions end with the process.
  SessionSigner();
  /// With the key in the file, which is made, readable by its owner alone, if there is none.
  /// kBadConfiguration.
  static base::Result<SessionSigner> from_file(const std::string& path);

  std::string sign(std::string_view claims) const;
  /// What was signed; nothing for a text that this key has not signed.
  std::optional<std::string> claims_of(std::string_view text) const;

 private:
  explicit SessionSigner(Key key) : key_(std::move(key)) {}

  Key key_;
};

}  // namespace weir::access
