#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apps/workflow/model/report.hpp"
#include "apps/workflow/model/schema_pattern.hpp"
#include "apps/workflow/model/value_types.hpp"

namespace weir::apps::workflow {

/// What a value has whose text is an expression: what is known of its type. Nothing: it is the
/// value itself.
using TypesOfExpression = std::function<std::optional<Types>(std::string_view pointer)>;

/// Holds values against the part of JSON Schema that docs/workflow-definitions.md#input lists. The
/// library for it, valijson, runs the schema's patterns by std::regex, which a short hostile one
/// keeps busy for hours, and its messages name no reason; patterns here are RE2's, which are
/// linear.
///
/// One thread. The root schema outlives it.
class SchemaCheck {
 public:
  /// Schemas held against values, and what else takes time: listed values, names, text to match.
  static constexpr std::size_t kStepsMax = 500'000;
  static constexpr std::size_t kDepthMax = 128;  ///< Of schemas in each other, references included.

  /// `root` is where references lead into.
  explicit SchemaCheck(const boost::json::value& root, TypesOfExpression types = {})
      : root_(root), types_(std::move(types)) {}

  /// Reports at `pointer` and below what `schema` does not allow of `value`.
  void check(const boost::json::value& schema, const boost::json::value& value,
             const std::string& pointer, Report& report);

 private:
  class Visit;

  const boost::json::value& root_;
  TypesOfExpression types_;
  SchemaPatterns patterns_;
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
  std::string_view gave_up_;  ///< Why; "" if it has not.
};

/// The types that the keyword `type` names; 0 if it names none.
Types types_named(const boost::json::value& names);

/// The schema behind "#/$defs/duration"; null if there is none.
const boost::json::value* find_reference(const boost::json::value& root,
                                         std::string_view reference);

}  // namespace weir::apps::workflow
