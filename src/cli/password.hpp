#pragma once

#include <string>

#include "base/result.hpp"

namespace weir::cli {

/// A password from the terminal, where it is not shown and is asked for twice; or, where standard
/// input is none, its first line. kUsage if the two differ, there is none, or it holds control
/// characters. A signal that ends the program leaves the terminal as it was. Main thread.
base::Result<std::string> read_password();

}  // namespace weir::cli
