#pragma once

#include <string>
#include <vector>

#include "cli/doctor/diagnosis.hpp"

namespace weir::cli {

/// Which setting to change against an ailment: of the product that was recognised, or else of each
/// that is usual.
std::vector<std::string> cures_for(Ailment ailment, Product product);

}  // namespace weir::cli
