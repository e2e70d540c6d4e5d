#pragma once

#include <functional>
#include <string_view>

#include "base/result.hpp"

namespace weir::access {

/// Calls `each` with the lines of a file, without empty ones and comments (`#`), until one is
/// refused: kBadConfiguration then, with the line's number before the detail.
base::Result<> for_each_line(std::string_view text,
                             const std::function<base::Result<>(std::string_view line)>& each);

}  // namespace weir::access
