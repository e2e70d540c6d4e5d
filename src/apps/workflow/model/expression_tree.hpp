#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::apps::workflow {

struct Function;

/// A part of an expression, with where it stands in the text. The parser has looked its words up,
/// so a tree holds no unknown name.
struct ExpressionNode {
  enum class Kind : std::uint8_t {
    kLiteral,  ///< `literal`.
    kList,     ///< The children.
    kInput,    ///< The names that an expression may begin with.
    kTrigger,
    kItem,
    kIndex,
    kNodeOutput,  ///< Of the node `name`.
    kNodeStatus,
    kNodeError,
    kExecution,  ///< The member `name` of `execution`.
    kWorkflow,   ///< The member `name` of `workflow`.
    kSecret,     ///< The secret `name`.
    kMember,     ///< The member `name` of the child.
    kElement,    ///< The first child's element or member that the second says.
    kCall,       ///< `function` of the children.
    kNot,
    kNegate,
    kAnd,
    kOr,
    kCoalesce,     ///< `a ?? b`.
    kConditional,  ///< `a ? b : c`.
    kBinary,       ///< `op`, of two children.
  };
  enum class Operator : std::uint8_t {
    kEqual,
    kNotEqual,
    kLess,
    kAtMost,
    kGreater,
    kAtLeast,
    kIn,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kRemainder,
  };

  Kind kind = Kind::kLiteral;
  Operator op = Operator::kEqual;
  std::size_t begin = 0;  ///< Bytes of the text.
  std::size_t end = 0;
  boost::json::value literal;
  std::string name;
  const Function* function = nullptr;
  std::vector<ExpressionNode> children;

  std::string_view text_in(std::string_view whole) const {
    return whole.substr(begin, end - begin);
  }
};

/// The operator as it is written.
std::string_view sign_of(ExpressionNode::Operator op);

}  // namespace weir::apps::workflow
