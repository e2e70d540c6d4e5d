#pragma once

#include <cstdint>
#include <string_view>

#include "api/call.hpp"
#include "base/result.hpp"

namespace weir::api {

/// A parameter of the query that is a whole number; `absent` without it. kBadRequest when it is
/// something else, or out of bounds.
base::Result<std::uint32_t> query_number(const Call& call, std::string_view name,
                                         std::uint32_t least, std::uint32_t most,
                                         std::uint32_t absent);

}  // namespace weir::api
