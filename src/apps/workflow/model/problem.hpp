#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::apps::workflow {

/// What is wrong with a definition or with a run's input, and where.
struct Problem {
  std::string path;     ///< A JSON Pointer (RFC 6901) to the value; "" is the whole document.
  int line = 0;         ///< From 1; 0 where there was no text, as for an input.
  int column = 0;       ///< From 1, in characters.
  std::string message;  ///< A sentence for people, without the place.

  friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

/// `pointer` with one more step, which is escaped as the RFC has it.
std::string pointer_step(std::string_view pointer, std::string_view name);
std::string pointer_step(std::string_view pointer, std::size_t index);

/// "3:14: /nodes/0/with/url: this is no URL"; without the numbers where there are none.
std::string problem_text(const Problem& problem);

}  // namespace weir::apps::workflow
