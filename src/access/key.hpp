#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

struct evp_pkey_st;

namespace weir::access {

/// The signatures that are understood (RFC 7518, 3.1; RFC 8037, 3.1). `none` is none of them.
enum class Algorithm { kHs256, kHs384, kHs512, kRs256, kPs256, kEs256, kEdDsa };

/// By the exact name, as case matters (RFC 7515, 4.1.1); nothing for any other.
std::optional<Algorithm> algorithm_of(std::string_view name);
std::string_view name_of(Algorithm algorithm);
constexpr bool is_symmetric(Algorithm algorithm) { return algorithm <= Algorithm::kHs512; }

/// A key that verifies signatures of one algorithm, which is the key's and never the token's
/// choice: so a public key cannot be taken for an HMAC secret. Made once; the object of OpenSSL in
/// it is shared by all uses. Immutable; any thread.
class Key {
 public:
  /// A secret of at least the size of the hash (RFC 7518, 3.2). kBadConfiguration.
  static base::Result<Key> from_secret(Algorithm algorithm, std::string id, std::string secret);
  /// A public key in PEM ("BEGIN PUBLIC KEY") of the algorithm's kind: RSA of 2,048 to 8,192 bits,
  /// P-256, Ed25519. kBadConfiguration.
  static base::Result<Key> from_pem(Algorithm algorithm, std::string id, const std::string& pem);
  static base::Result<Key> from_rsa(Algorithm algorithm, std::string id, std::string_view modulus,
                                    std::string_view exponent);
  static base::Result<Key> from_p256(std::string id, std::string_view x, std::string_view y);
  static base::Result<Key> from_ed25519(std::string id, std::string_view x);

  const std::string& id() const { return id_; }  ///< `kid`; empty: for tokens of any.
  Algorithm algorithm() const { return algorithm_; }
  /// Tells it from every other key: of its algorithm, id and material.
  const std::string& fingerprint() const { return fingerprint_; }

  bool verify(std::string_view signed_text, std::string_view signature) const;

  /// Signs; HMAC keys only. For `weir token` and tests.
  std::string sign(std::string_view text) const;

 private:
  Key(Algorithm algorithm, std::string id) : algorithm_(algorithm), id_(std::move(id)) {}

  static base::Result<Key> from_pkey(Algorithm algorithm, std::string id,
                                     std::shared_ptr<evp_pkey_st> pkey);
  bool verify_public(std::string_view signed_text, std::string_view signature) const;
  void take_fingerprint(std::string_view material);

  Algorithm algorithm_;
  std::string id_;
  std::string fingerprint_;
  std::string secret_;
  std::shared_ptr<evp_pkey_st> pkey_;
};

using Keys = std::vector<Key>;

/// Reads what a `jwt_key` setting names: "ALG=FILE" or "ALG:KID=FILE". A secret's file may end with
/// a line end that is not part of it. kBadConfiguration. Reads the disk.
base::Result<Key> load_key(std::string_view setting);

}  // namespace weir::access
