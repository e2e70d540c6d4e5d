#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/workflow/model/expression.hpp"
#include "apps/workflow/model/shape.hpp"

namespace weir::apps::workflow {

/// What the names of an expression stand for where it is written.
struct Names {
  /// A shape, or why the name cannot be used here.
  using Meaning = std::variant<Shape, std::string>;

  Meaning input;
  Meaning trigger;
  Meaning item;           ///< And `index`, which is a number where there is an item.
  std::string execution;  ///< Why `execution` cannot be used; "" if it can.
  std::function<Meaning(std::string_view id)> output;    ///< `nodes.<id>.output`
  std::function<std::string(std::string_view id)> node;  ///< Why it cannot be used; "" if it can.
  std::function<std::string(std::string_view name)> secret;  ///< The same of `secrets.<name>`.
};

/// The shape of the expression's value; mistakes are appended. A value that may be null is allowed
/// where something else is wanted: whether it is there shows when it runs.
Shape shape_of(const Expression& expression, const Names& names,
               std::vector<Expression::Mistake>& mistakes);

}  // namespace weir::apps::workflow
