#pragma once

#include <string>

namespace weir::apps::workflow {

/// Kills (SIGKILL) every process whose environment has this entry ("NAME=value"): descendants
/// inherit it, also those that have left their group and session, whose parent is somebody else by
/// now. Looks through /proc, which takes milliseconds; again until a look finds none, a few times
/// at most, and not without those that are replacing themselves just now (execve(2)). Those that
/// this user may not look at, and those that were started with another environment, it does not
/// find.
void kill_marked(const std::string& entry);

}  // namespace weir::apps::workflow
