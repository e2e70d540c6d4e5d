#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/workflow/model/expression.hpp"
#include "apps/workflow/model/scope.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

class Report;

/// A JSON value whose strings may hold expressions. A string that is one expression becomes its
/// value, of whatever type; in any other the values are written as text: strings as they are, null
/// as nothing, everything else as JSON. Names of members are never expressions.
///
/// Immutable, cheap to copy; any thread.
class Template {
 public:
  /// null.
  Template();

  /// A mistake is reported where it stands; `pointer` is the value's. The template is whole but for
  /// the strings with mistakes, which stay as they are.
  static Template compile(boost::json::value source, std::string_view pointer, Report& report);

  /// As it was written.
  const boost::json::value& source() const;
  /// Whether there is no expression in it: it resolves to its source.
  bool is_constant() const;

  /// An expression in it.
  struct Part {
    const Expression& expression;
    std::string pointer;  ///< Of its string, in the document.
    std::size_t at;       ///< Where its text begins in the string, in bytes.
    bool whole;           ///< It is the whole string.
  };
  using Visit = std::function<void(const Part&)>;
  void for_each(const Visit& visit) const;

 private:
  friend base::Result<boost::json::value> resolve(const Template&, const Scope&);
  struct Compiled;

  std::shared_ptr<const Compiled> compiled_;
};

/// The value with its expressions evaluated. kBadRequest as `Expression::evaluate`, after the place
/// in the template: "url: nodes.fetch.output is null …". All that one call makes is bounded by
/// Expression::kValueBytesMax.
base::Result<boost::json::value> resolve(const Template& value, const Scope& scope);

/// The expression of a string that is one and nothing but space around it, as an `if` is. Nothing,
/// with a report, if it is not; `pointer` is the string's.
std::optional<Expression> compile_condition(std::string_view text, std::string_view pointer,
                                            Report& report);

/// Whether a string holds an expression.
bool holds_expression(std::string_view text);

}  // namespace weir::apps::workflow
