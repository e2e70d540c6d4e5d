#pragma once

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "apps/workflow/model/expression.hpp"
#include "apps/workflow/model/problem.hpp"
#include "apps/workflow/model/scope.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

/// A JSON value whose strings may hold expressions. A string that is one expression becomes its
/// value, of whatever type; in any other the values are written as text: strings as they are, null
/// as nothing, everything else as JSON. Names of members are never expressions.
///
/// Immutable, cheap to copy; any thread.
class Template {
 public:
  /// null.
  Template();

  /// A mistake is a problem at the string's pointer, which begins with `pointer`; it has no line.
  /// The template is whole but for the strings with mistakes, which stay as they are.
  static Template compile(boost::json::value source, std::string_view pointer, Problems& problems);

  /// As it was written.
  const boost::json::value& source() const;
  /// Whether there is no expression in it: it resolves to its source.
  bool is_constant() const;

  /// Calls `visit` with each expression, where its string is, and whether it is the whole string.
  using Visit = std::function<void(const Expression&, std::string_view pointer, bool whole)>;
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

/// Whether a string holds an expression.
bool holds_expression(std::string_view text);

}  // namespace weir::apps::workflow
