#pragma once

#include <string_view>

#include "access/key.hpp"
#include "base/result.hpp"

namespace weir::access {

/// Reads a JSON Web Key Set (RFC 7517, 5). Keys that are not for verifying, or of a kind, curve or
/// algorithm that is not known here, are left out, as section 5 asks for; so are broken ones. A key
/// without `alg` gets the one algorithm of its kind: RS256, ES256, EdDSA; a secret without one is
/// left out. `secrets`: whether `oct` keys are taken, which no set that is fetched may hold.
/// kBadConfiguration if it is no such set, or holds more than 100 keys.
base::Result<Keys> parse_jwks(std::string_view json, bool secrets);

}  // namespace weir::access
