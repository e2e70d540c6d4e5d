#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace weir::bench {

// Starts a command, found by PATH, with its output on our stderr: stdout is for the figures. Exit
// code 127 when it cannot be run. The caller stops it and waits for it.
pid_t spawn(const std::vector<std::string>& command);

}  // namespace weir::bench
