#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/types.hpp"

namespace weir::apps::workflow {

/// "wf_exec_" and 26 characters of [0-9a-z]: ten of the time in milliseconds, so that ids sort by
/// it, and sixteen at random.
std::string make_execution_id(base::UnixMillis now, base::Random& random);
bool is_execution_id(std::string_view text);

}  // namespace weir::apps::workflow
