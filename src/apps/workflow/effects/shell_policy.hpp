#pragma once

#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::apps::workflow {

/// kForbidden, and why, where `shell` nodes may not run: `workflow_shell` is off, or is `auto` and
/// the server is reached from beyond this machine. Asked when a definition is stored, when one is
/// executed, and by the runner itself. Any thread.
base::Result<> check_shell_allowed(const base::Settings& settings);

}  // namespace weir::apps::workflow
