#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::proto {

/// A signed token in the compact form (RFC 7515, 7.1), cut into its parts. Nothing of it has been
/// verified: whoever holds one of these still has to look at the signature.
struct Jws {
  std::string_view signing_input;  ///< In the token's own text: header, dot, payload.
  std::string algorithm;           ///< `alg`, as sent.
  std::string key_id;              ///< `kid`; empty: none.
  std::string payload;
  std::string signature;
};

/// kInvalidToken for anything but three parts in strict base64url, a header that is a JSON object
/// with a textual `alg`, and at most `bytes_max` bytes; for a name that comes twice in the header;
/// and for any `crit`, because no extension is understood here (RFC 7515, 4.1.11). Header fields
/// that would bring a key along (`jwk`, `jku`, `x5c`, …) mean nothing here. No detail holds a part
/// of the token.
base::Result<Jws> parse_jws(std::string_view token, std::size_t bytes_max);

/// What a token claims (RFC 7519, 4.1), and of whom; times in seconds since 1970.
struct Claims {
  std::optional<double> expires;     ///< `exp`
  std::optional<double> not_before;  ///< `nbf`
  std::optional<double> issued_at;   ///< `iat`
  std::string issuer;
  std::string subject;
  std::string token_id;                              ///< `jti`
  std::optional<std::vector<std::string>> audience;  ///< `aud`, one or several.
  /// JSON texts of the members that grant something; empty: not there.
  std::string weir;
  std::string mercure;
};

/// kInvalidToken if the payload is no JSON object, a name comes twice or a claim is of the wrong
/// kind.
base::Result<Claims> parse_claims(std::string_view payload);

}  // namespace weir::proto
