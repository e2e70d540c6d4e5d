#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "apps/workflow/model/source_document.hpp"

namespace weir::apps::workflow {

/// The lines of a text, so that offsets can be told as places. The text outlives it.
class Lines {
 public:
  explicit Lines(std::string_view text);

  Place place(std::size_t offset) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_{0};
};

}  // namespace weir::apps::workflow
