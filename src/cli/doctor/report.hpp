#pragma once

#include <string>
#include <vector>

#include "cli/doctor/diagnosis.hpp"
#include "cli/doctor/measurements.hpp"

namespace weir::cli {

/// For a person: what was measured, a line each, then what is wrong and what to change.
std::string report_text(const Measurements& found, const std::vector<Finding>& findings);

/// For a program: one line of JSON.
std::string report_json(const Measurements& found, const std::vector<Finding>& findings);

}  // namespace weir::cli
