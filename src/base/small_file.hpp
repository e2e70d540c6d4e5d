#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::base {

/// A whole small file. kBadConfiguration with its path and the system's words. Reads the disk.
Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max);

/// Makes a file that its owner alone may read, and brings it to the disk. False if there is one
/// already, which is never overwritten. kBadConfiguration as above.
Result<bool> create_secret_file(const std::string& path, std::string_view text);

/// Replaces a file as a whole: whoever reads it sees the old one or the new one. It keeps its owner
/// and mode; a new one is its owner's alone. kBadConfiguration as above.
Result<> replace_file(const std::string& path, std::string_view text);

/// kBadConfiguration if everybody on this machine may read or write the file.
Result<> check_private(const std::string& path);

}  // namespace weir::base
