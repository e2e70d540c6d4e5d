#pragma once

#include <cstdint>
#include <string_view>

#include "api/call.hpp"
#include "base/result.hpp"

namespace weir::api {

/// A whole number of the query, or `absent` if it is not given. kBadRequest, with the bounds, for
/// anything else than a number from `least` to `most`.
base::Result<std::uint32_t> read_number(const Call& call, std::string_view name,
                                        std::uint32_t least, std::uint32_t most,
                                        std::uint32_t absent);

}  // namespace weir::api
