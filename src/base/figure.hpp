#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace weir::base {

/// A number that an operator looks at, by its Prometheus name. All strings have static lifetime.
struct Figure {
  std::string_view name;  ///< "weir_…"; a counter's ends in "_total".
  bool counter = false;   ///< It only grows; else it is a gauge.
  std::string_view help;  ///< A sentence.
  std::uint64_t value = 0;
  bool micros =
      false;  ///< The value counts microseconds; the name says seconds, and they are shown.
};

/// Appends a part's figures as they are now. Any thread.
using FigureSource = std::function<void(std::vector<Figure>&)>;

}  // namespace weir::base
