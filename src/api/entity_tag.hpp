#pragma once

#include <string>
#include <string_view>

#include "api/call.hpp"

namespace weir::api {

/// The tag as the `ETag` header has it. It holds neither a quotation mark nor a comma.
std::string quoted_tag(std::string_view tag);

/// Whether If-None-Match names the tag, by the weak comparison (RFC 9110, 13.1.2): a proxy that
/// compresses makes a tag weak. An empty one is never named.
bool names_tag(const Call& call, std::string_view tag);

}  // namespace weir::api
