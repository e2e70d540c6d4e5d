#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/workflow/model/budget.hpp"
#include "apps/workflow/model/value_types.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

using Arguments = std::span<const boost::json::value* const>;

/// A function of expressions. docs/workflow-expressions.md has a row for each; a test compares.
struct Function {
  std::string_view name;
  std::uint8_t arguments_min;
  std::uint8_t arguments_max;  ///< kMany: as many as there are.
  Types first;                 ///< What the first argument may be.
  Types second;
  Types others;
  Types result;
  /// The arguments are as many and of such types as the row says. kBadRequest.
  base::Result<boost::json::value> (*apply)(Arguments arguments, Budget& budget);

  static constexpr std::uint8_t kMany = 255;

  Types parameter(std::size_t index) const {
    return index == 0 ? first : index == 1 ? second : others;
  }
};

std::span<const Function> functions();
const Function* find_function(std::string_view name);
std::span<const std::string> function_names();
/// "" if the function takes as many.
std::string arity_problem(const Function& function, std::size_t arguments);

}  // namespace weir::apps::workflow
