#include "apps/workflow/model/lines.hpp"

#include <algorithm>

#include "apps/workflow/model/functions_text.hpp"

namespace weir::apps::workflow {

Lines::Lines(std::string_view text) : text_(text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts_.push_back(i + 1);
  }
}

Place Lines::place(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const std::size_t start = *(after - 1);
  const auto column = count_characters(text_.substr(start, offset - start)) + 1;
  return {static_cast<int>(after - starts_.begin()), static_cast<int>(column), offset};
}

}  // namespace weir::apps::workflow
