#pragma once

#include <string>
#include <string_view>

#include "api/call.hpp"

namespace weir::api {

/// What an answer that is for its caller alone depends on: the `Vary` that keeps a cache from
/// giving it to the next one who uses the same browser.
inline constexpr std::string_view kVaryByCaller = "Authorization, Cookie, X-Api-Key";

/// The tag as the `ETag` header has it. It holds neither a quotation mark nor a comma.
std::string quoted_tag(std::string_view tag);

/// Whether If-None-Match names the tag, by the weak comparison (RFC 9110, 13.1.2): a proxy that
/// compresses makes a tag weak. An empty one is never named.
bool names_tag(const Call& call, std::string_view tag);

}  // namespace weir::api
