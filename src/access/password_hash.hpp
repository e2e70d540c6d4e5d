#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::access {

/// A password as it is kept: what scrypt (RFC 7914) makes of it, with salt and parameters, in the
/// form `$scrypt$ln=15,r=8,p=3$SALT$HASH` of the PHC strings, in base64url. Making and comparing is
/// slow by design (some tenths of a second and 32 MiB): never on a shard's thread. Immutable; any
/// thread.
class PasswordHash {
 public:
  /// With a new salt and the parameters of today.
  static PasswordHash make(std::string_view password);
  /// kBadConfiguration, also for parameters out of bounds, and never with the text itself.
  static base::Result<PasswordHash> parse(std::string_view text);
  /// Of no password: comparing with it takes as long as with another one.
  static PasswordHash decoy();

  bool matches(std::string_view password) const;
  std::string text() const;

 private:
  /// Memory is 128 * 2^log_n * r bytes, time is that p times (RFC 7914, 2).
  struct Cost {
    std::uint32_t log_n = 15;
    std::uint32_t r = 8;
    std::uint32_t p = 3;
  };
  PasswordHash(Cost cost, std::string salt, std::string hash)
      : cost_(cost), salt_(std::move(salt)), hash_(std::move(hash)) {}

  static std::string derive(const Cost& cost, std::string_view salt, std::string_view password);

  Cost cost_;
  std::string salt_;
  std::string hash_;
};

}  // namespace weir::access
