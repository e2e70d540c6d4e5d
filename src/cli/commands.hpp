#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/program.hpp"

namespace weir::cli {

// The commands that talk to a server over HTTP: `weir pub`, `weir sub` and `weir topics`.
void add_pub(CLI::App& program, Action& action);
void add_sub(CLI::App& program, Action& action);
void add_topics(CLI::App& program, Action& action);

/// Adds `--token`, which WEIR_TOKEN sets too: a token or API key to show.
void add_token_option(CLI::App& command, std::string& token);
/// The header that shows it; none for an empty one.
std::vector<std::pair<std::string, std::string>> token_headers(const std::string& token);

/// Adds `--url`, which WEIR_URL sets too. `url` holds the default.
void add_url_option(CLI::App& command, std::string& url);

}  // namespace weir::cli
