#pragma once

#include <cstdint>
#include <string>

#include "base/random.hpp"

namespace weir::api {

/// Identities that the server gives to those who subscribe. Not for secrets. One thread.
class ClientIds {
 public:
  explicit ClientIds(std::uint64_t seed) : random_(seed) {}

  /// A UUID of version 4 (RFC 9562, 5.4).
  std::string next();

 private:
  base::Random random_;
};

}  // namespace weir::api
