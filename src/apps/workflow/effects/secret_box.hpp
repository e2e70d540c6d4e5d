#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::apps::workflow {

/// Encrypts the values of secrets for the store: AES-256-GCM (NIST SP 800-38D) with a random nonce
/// for each value. A value is bound to its name: in another row it cannot be read. What is sealed
/// is text, "v1." and base64url of nonce, ciphertext and tag. Immutable; any thread.
class SecretBox {
 public:
  /// With the key of `workflow_secret_key_file`, or else with `secret.key` of the data directory,
  /// which is made, readable by its owner alone, if there is none; without a directory with a key
  /// that lives no longer than the store. kBadConfiguration with the path. Reads the disk.
  static base::Result<SecretBox> open(const base::Settings& settings);
  /// 32 bytes.
  explicit SecretBox(std::string key);

  std::string seal(std::string_view name, std::string_view value) const;
  /// kCorrupt for what was not sealed under this name with this key, or was changed since.
  base::Result<std::string> unseal(std::string_view name, std::string_view sealed) const;

 private:
  std::string key_;
};

}  // namespace weir::apps::workflow
