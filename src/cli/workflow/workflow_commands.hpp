#pragma once

#include "cli/program.hpp"

namespace weir::cli {

/// The commands under `weir workflow` that talk to a server: run, list, watch, cancel, rerun and
/// approve.
void add_workflow_commands(CLI::App& workflow, Action& action);

}  // namespace weir::cli
