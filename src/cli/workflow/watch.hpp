#pragma once

#include <string>

#include "cli/server_options.hpp"

namespace weir::cli {

struct WatchOptions {
  bool json = false;  ///< Each event as a line of JSON.
  bool logs = false;  ///< What nodes print, too, line by line; not drawn.
};

/// Follows an execution until it is over: drawn where standard output is a terminal, else as lines.
/// The status: kSuccess if it has completed, kFailure if it has not, that of a signal if one came.
int watch_execution(const ServerAccess& server, const std::string& execution,
                    const WatchOptions& options);

}  // namespace weir::cli
