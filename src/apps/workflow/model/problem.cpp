#include "apps/workflow/model/problem.hpp"

#include <fmt/format.h>

namespace weir::apps::workflow {

std::string pointer_step(std::string_view pointer, std::string_view name) {
  std::string longer(pointer);
  longer += '/';
  for (const char c : name) {
    if (c == '~') {
      longer += "~0";
    } else if (c == '/') {
      longer += "~1";
    } else {
      longer += c;
    }
  }
  return longer;
}

std::string pointer_step(std::string_view pointer, std::size_t index) {
  return fmt::format("{}/{}", pointer, index);
}

std::string problem_text(const Problem& problem) {
  std::string text;
  if (problem.line > 0) text = fmt::format("{}:{}: ", problem.line, problem.column);
  if (!problem.path.empty()) text += problem.path + ": ";
  return text + problem.message;
}

}  // namespace weir::apps::workflow
