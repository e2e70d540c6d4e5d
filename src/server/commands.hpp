#pragma once

#include "cli/program.hpp"

namespace weir::server {

// The server's commands: `weir serve`, `weir config show|check|docs`, `weir token key|sign` and
// `weir docs configuration|errors`.
void add_serve(CLI::App& program, cli::Action& action);
void add_config(CLI::App& program, cli::Action& action);
void add_token(CLI::App& program, cli::Action& action);
/// `weir operator add|remove|list`.
void add_operator(CLI::App& program, cli::Action& action);
void add_docs(CLI::App& program, cli::Action& action);
/// `weir workflow validate|example|schema`.
void add_workflow(CLI::App& program, cli::Action& action);
/// `weir webhook-key FILE`.
void add_webhook_key(CLI::App& program, cli::Action& action);

// What works on a data directory without a server, or beside one: `weir backup`, `weir restore` and
// `weir inspect`.
void add_backup(CLI::App& program, cli::Action& action);
void add_restore(CLI::App& program, cli::Action& action);
void add_inspect(CLI::App& program, cli::Action& action);

}  // namespace weir::server
