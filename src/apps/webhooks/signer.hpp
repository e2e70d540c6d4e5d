#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/types.hpp"

struct evp_pkey_st;

namespace weir::apps {

/// Base64 with padding (RFC 4648, 4), in one line.
std::string base64(std::string_view bytes);

/// An Ed25519 key pair (RFC 8032) in the serialisation of Standard Webhooks 1.0: `whsk_` and base64
/// of the 32 bytes of the secret and the 32 of the public key; `whpk_` and the public key alone.
/// Immutable; any thread.
class SigningKey {
 public:
  static SigningKey generate();
  /// Takes `whsk_…`, of 64 or of 32 bytes. kBadConfiguration, never with the text itself.
  static base::Result<SigningKey> parse(std::string_view text);
  /// Reads a key file; made first, readable by its owner alone, if `make` and there is none.
  /// kBadConfiguration with the path.
  static base::Result<SigningKey> from_file(const std::string& path, bool make);

  std::string public_text() const;                   ///< "whpk_…"
  std::string secret_text() const;                   ///< "whsk_…"
  std::string sign(std::string_view content) const;  ///< 64 bytes.

 private:
  explicit SigningKey(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

/// The shared secret of a hook: `whsec_` and base64 of 24 to 64 bytes. Immutable; any thread.
class SharedSecret {
 public:
  /// kBadConfiguration, never with the text itself.
  static base::Result<SharedSecret> parse(std::string_view text);
  std::string sign(std::string_view content) const;  ///< HMAC-SHA256, 32 bytes.

 private:
  explicit SharedSecret(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

/// The `webhook-signature` header (Standard Webhooks 1.0, "Webhook headers"): `v1a,…` of the key
/// and, where there is a secret, `v1,…`, over `id.timestamp.body`. `id` holds no full stop.
std::string signature_header(const SigningKey& key, const std::optional<SharedSecret>& secret,
                             std::string_view id, std::int64_t unix_seconds, std::string_view body);

}  // namespace weir::apps
