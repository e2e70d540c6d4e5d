#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace weir::cli {

/// Exit statuses of every command.
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kBadUsage = 2;
inline constexpr int kInterrupted = 130;  ///< 128 + SIGINT, as shells report it.

bool stdout_is_terminal();
/// Also false where NO_COLOR is set (no-color.org) or TERM is "dumb": nothing but plain lines then.
bool stderr_is_terminal();

/// `text` without control characters, which could break a line in two or steer a terminal: they
/// become spaces, or with `keep_layout`, line ends and tabs stay.
std::string printable(std::string_view text, bool keep_layout = false);

/// Writes "weir: <text>" as one line to standard error.
void print_error(std::string_view text);

/// What a person needs of an error: its detail where that stands alone, otherwise with the title.
std::string describe(const base::Error& error);

/// A mistake in the command line (kUsage).
base::Error usage(std::string detail);

/// Prints the error and returns kBadUsage for a mistake in the command line or configuration,
/// otherwise kFailure.
int fail(const base::Error& error);

enum class Output { kWritten, kClosed, kFailed };

/// Writes to standard output at once. kClosed: nobody reads any more, which is a normal end and
/// prints nothing. kFailed: the reason has been printed.
Output write_stdout(std::string_view text);

/// Writes the text and returns the exit status.
int print(std::string_view text);

}  // namespace weir::cli
