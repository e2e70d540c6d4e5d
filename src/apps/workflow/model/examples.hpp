#pragma once

#include <span>
#include <string_view>

namespace weir::apps::workflow {

/// A workflow of examples/workflows/, as the binary holds it.
struct Example {
  std::string_view id;    ///< Of the definition, and its file's name without `.yaml`.
  std::string_view yaml;  ///< The file.
};

/// By id. All of them are good definitions.
std::span<const Example> examples();

}  // namespace weir::apps::workflow
