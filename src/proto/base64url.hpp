#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::proto {

/// Base64url without padding (RFC 7515, appendix C; RFC 4648, 5).
std::string to_base64url(std::string_view bytes);

/// Strict: only the alphabet, no padding, no space, a possible length, and the bits that no byte
/// takes are zero, so that one value has one spelling. Nothing otherwise.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace weir::proto
