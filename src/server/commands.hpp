#pragma once

#include "cli/program.hpp"

namespace weir::server {

// The server's commands: `weir serve`, `weir config show|check|docs`, `weir token key|sign` and
// `weir docs configuration|errors`.
void add_serve(CLI::App& program, cli::Action& action);
void add_config(CLI::App& program, cli::Action& action);
void add_token(CLI::App& program, cli::Action& action);
void add_docs(CLI::App& program, cli::Action& action);

}  // namespace weir::server
