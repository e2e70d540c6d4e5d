#pragma once

#include "cli/program.hpp"

namespace weir::cli {

// The commands that talk to a server over HTTP: `weir pub`, `weir sub` and `weir topics`.
void add_pub(CLI::App& program, Action& action);
void add_sub(CLI::App& program, Action& action);
void add_topics(CLI::App& program, Action& action);

/// Adds `--url`, which WEIR_URL sets too. `url` holds the default.
void add_url_option(CLI::App& command, std::string& url);

}  // namespace weir::cli
