#pragma once

#include <string_view>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace weir::base {

/// The text as a file in memory, at its beginning: for a process that is to read it when it likes,
/// or not at all. Closed on exec. kNetwork with the system's words. Any thread.
Result<Descriptor> memory_file(std::string_view text);

}  // namespace weir::base
