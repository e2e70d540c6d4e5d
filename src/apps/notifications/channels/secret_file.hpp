#pragma once

#include <string>

#include "base/result.hpp"

namespace weir::apps::notifications {

/// The one line of a file that holds a password or a token, without its end. kBadConfiguration with
/// the setting's name.
base::Result<std::string> read_secret_line(const std::string& setting, const std::string& path);

}  // namespace weir::apps::notifications
