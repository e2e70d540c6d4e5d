#pragma once

#include <string_view>

namespace weir::base {

/// The version of this build, as in "0.1.0".
std::string_view version();

}  // namespace weir::base
