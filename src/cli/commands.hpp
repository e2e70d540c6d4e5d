#pragma once

#include "cli/program.hpp"

namespace weir::cli {

// The commands that talk to a server over HTTP: `weir pub`, `weir sub`, `weir topics` and `weir
// doctor`.
void add_pub(CLI::App& program, Action& action);
void add_sub(CLI::App& program, Action& action);
void add_topics(CLI::App& program, Action& action);
void add_doctor(CLI::App& program, Action& action);

}  // namespace weir::cli
