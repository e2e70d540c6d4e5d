#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"
#include "cli/workflow/run_view.hpp"

namespace weir::cli {

/// What a terminal shows of an execution.
struct ScreenOptions {
  std::size_t columns = 80;
  std::size_t rows = 24;
  bool colour = true;
  std::size_t frame = 0;  ///< Counts up; what runs turns with it.
};

/// One line for each node: icon, name, status, time and progress, with the run's own line above. No
/// line is wider than the terminal, and where there are more nodes than rows, those that have
/// nothing to tell are left out and counted. `now` is the server's time.
std::vector<std::string> run_lines(const RunView& run, base::UnixMillis now,
                                   const ScreenOptions& options);

/// The same told line by line, where there is no terminal to draw on: "12:30:01.250 fetch completed
/// in 1.2 s". "" for events of which there is nothing to tell.
std::string event_line(std::string_view type, const boost::json::object& data);

/// A snapshot in one line.
std::string summary_line(const RunView& run);

}  // namespace weir::cli
