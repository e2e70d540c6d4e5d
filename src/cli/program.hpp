#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace weir::cli {

/// What the command that was asked for does; returns the exit status.
using Action = std::function<int()>;

/// Adds one command to the program; parsing it sets `action`.
using AddCommand = void (*)(CLI::App& program, Action& action);

/// Parses the command line and runs the command: the whole of a main(). Help and version go to
/// standard output with status 0; bad usage is one line on standard error, with the nearest known
/// word, and status 2. A broken pipe does not kill the process.
int run_program(int argc, const char* const* argv, const std::vector<AddCommand>& commands);

/// `weir version`, "weir 0.1.0".
void add_version(CLI::App& program, Action& action);
std::string version_line();

}  // namespace weir::cli
