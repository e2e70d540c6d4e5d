#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace weir::cli {

/// The input of `weir workflow run`: the JSON that `--input` is or, as `@FILE`, names, with what
/// each
/// `--set name=value` says put into it. A value is JSON if it can be read as such, and text
/// otherwise. Null if neither is given. kUsage, kBadConfiguration.
base::Result<boost::json::value> run_input(const std::string& input,
                                           const std::vector<std::string>& settings);

}  // namespace weir::cli
