#pragma once

#include <string>

namespace weir::bench {

// Ends the program with exit code 2 and one line on stderr. For what makes a measurement impossible
// (bad usage, no descriptors, no server); what a measurement finds wrong is reported in its figures
// instead.
[[noreturn]] void fatal(const std::string& message);

// The same, with the text of errno.
[[noreturn]] void fatal_errno(const std::string& what);

}  // namespace weir::bench
