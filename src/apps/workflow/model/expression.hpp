#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/workflow/model/scope.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

struct ExpressionNode;

/// The text between `${{` and `}}`: `nodes.fetch.output.status == 200 && input.publish`. Typed and
/// pure; it cannot loop, and its nesting, its length, the steps of its evaluation and the bytes
/// that it makes are bounded. docs/workflow-expressions.md is its reference.
///
/// What is not there is null: a member of an object that has none of that name, an element behind
/// an array's end, a member of null. What has the wrong type is an error: nothing is converted
/// silently, but for text around an expression.
///
/// Immutable, cheap to copy; any thread.
class Expression {
 public:
  static constexpr std::size_t kBytesMax = 4096;          ///< Of its text.
  static constexpr std::size_t kDepthMax = 32;            ///< Of parentheses, operators and calls.
  static constexpr std::size_t kTermsMax = 512;           ///< Operators, operands, steps of paths.
  static constexpr std::size_t kValueBytesMax = 4 << 20;  ///< Made by one evaluation in all.

  /// Where in the text and what.
  struct Mistake {
    std::size_t at = 0;  ///< A byte offset.
    std::string message;
  };
  struct Parsed;

  /// Reads an expression from the beginning of `text` up to something that does not continue it.
  static Parsed parse_prefix(std::string_view text);
  /// The whole text. kBadRequest, with the place of the mistake in the detail.
  static base::Result<Expression> parse(std::string_view text);

  /// kBadRequest with a sentence that says what went wrong and for which part of the text. Linear
  /// in the text and in the values it makes.
  base::Result<boost::json::value> evaluate(const Scope& scope) const;

  const std::string& text() const { return text_; }
  const ExpressionNode& root() const { return *root_; }

 private:
  friend class ExpressionParser;

  std::string text_;
  std::shared_ptr<const ExpressionNode> root_;
};

struct Expression::Parsed {
  std::vector<Mistake> mistakes;  ///< One at most; empty: `expression` is set.
  Expression expression;
  std::size_t bytes = 0;  ///< Of the text that was read, with the space behind it.
};

/// The value of a condition. An expression whose value is neither true nor false is an error: a
/// condition that is met by accident is worse than one that fails.
base::Result<bool> holds(const Expression& condition, const Scope& scope);

}  // namespace weir::apps::workflow
