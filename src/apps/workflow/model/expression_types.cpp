#include "apps/workflow/model/expression_types.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/workflow/model/expression_tree.hpp"
#include "apps/workflow/model/functions.hpp"
#include "base/nearest.hpp"

namespace weir::apps::workflow {
namespace {

using Kind = ExpressionNode::Kind;
using Operator = ExpressionNode::Operator;

class TypeCheck {
 public:
  TypeCheck(const Names& names, std::vector<Expression::Mistake>& mistakes)
      : names_(names), mistakes_(mistakes) {}

  Shape shape(const ExpressionNode& node) {
    switch (node.kind) {
      case Kind::kLiteral:
        return Shape::of_value(node.literal);
      case Kind::kList:
        return list(node);
      case Kind::kInput:
        return meaning(node, names_.input);
      case Kind::kTrigger:
        return meaning(node, names_.trigger);
      case Kind::kItem:
        return meaning(node, names_.item);
      case Kind::kIndex:
        meaning(node, names_.item);
        return Shape::of(kNumberType);
      case Kind::kNodeOutput:
        return meaning(node, names_.output(node.name));
      case Kind::kNodeStatus:
      case Kind::kNodeError:
        refuse(node, names_.node(node.name));
        return Shape::of(kStringType | kNullType);
      case Kind::kExecution:
        refuse(node, names_.execution);
        return Shape::of(node.name == "attempt" ? kNumberType : kStringType);
      case Kind::kWorkflow:
        return Shape::of(node.name == "version" ? kNumberType : kStringType);
      case Kind::kSecret:
        refuse(node, names_.secret(node.name));
        return Shape::of(kStringType);
      case Kind::kMember:
        return member(node);
      case Kind::kElement:
        return element(node);
      case Kind::kCall:
        return call(node);
      case Kind::kNot:
      case Kind::kAnd:
      case Kind::kOr:
        for (const auto& child : node.children) want(child, shape(child), kBoolType);
        return Shape::of(kBoolType);
      case Kind::kNegate:
        want(node.children[0], shape(node.children[0]), kNumberType);
        return Shape::of(kNumberType);
      case Kind::kCoalesce:
        return coalesce(node);
      case Kind::kConditional:
        want(node.children[0], shape(node.children[0]), kBoolType);
        return Shape::either(shape(node.children[1]), shape(node.children[2]));
      case Kind::kBinary:
        break;
    }
    return binary(node);
  }

 private:
  void wrong(const ExpressionNode& node, std::string message) {
    mistakes_.push_back({node.begin, std::move(message)});
  }
  void refuse(const ExpressionNode& node, std::string why) {
    if (!why.empty()) wrong(node, std::move(why));
  }
  Shape meaning(const ExpressionNode& node, const Names::Meaning& meaning) {
    if (const auto* shape = std::get_if<Shape>(&meaning)) return *shape;
    wrong(node, std::get<std::string>(meaning));
    return {};
  }

  /// Whether the value may have one of the types. Whether it is null instead only shows later.
  bool want(const ExpressionNode& node, const Shape& is, Types wanted) {
    if ((is.types & wanted) != 0) return true;
    wrong(node,
          fmt::format("this is {} where {} is wanted", types_text(is.types), types_text(wanted)));
    return false;
  }

  Shape list(const ExpressionNode& node) {
    Shape elements = Shape::of(0);
    for (const auto& child : node.children) {
      const Shape each = shape(child);
      elements = elements.types == 0 ? each : Shape::either(elements, each);
    }
    if (elements.types == 0) return Shape::of(kArrayType);
    return Shape::array(std::move(elements));
  }

  Shape named(const ExpressionNode& node, const Shape& object, std::string_view name) {
    if (!object.members) return {};
    const auto found = object.members->find(name);
    if (found != object.members->end()) {
      return Shape::either(found->second, Shape::of(kNullType));
    }
    if (object.closed && (object.types & ~(kObjectType | kNullType)) == 0) {
      std::vector<std::string> names;
      for (const auto& each : *object.members) names.push_back(each.first);
      wrong(node, fmt::format("there is no \"{}\" in this object{}", name,
                              base::did_you_mean(name, names)));
    }
    return {};
  }

  Shape member(const ExpressionNode& node) {
    const Shape object = shape(node.children[0]);
    if (!want(node.children[0], object, kObjectType | kNullType)) return {};
    return named(node, object, node.name);
  }

  Shape element(const ExpressionNode& node) {
    const Shape whole = shape(node.children[0]);
    const Shape key = shape(node.children[1]);
    if (!want(node.children[0], whole, kObjectType | kArrayType | kNullType)) return {};
    const Types present = whole.present().types;
    if (present == kArrayType) {
      want(node.children[1], key, kNumberType);
      return whole.elements ? Shape::either(*whole.elements, Shape::of(kNullType)) : Shape();
    }
    if (present == kObjectType) {
      want(node.children[1], key, kStringType);
      const auto& name = node.children[1];
      if (name.kind == Kind::kLiteral && name.literal.is_string()) {
        const auto& text = name.literal.get_string();
        return named(node, whole, {text.data(), text.size()});
      }
      return {};
    }
    want(node.children[1], key, kNumberType | kStringType);
    return {};
  }

  Shape call(const ExpressionNode& node) {
    const auto& function = *node.function;
    Shape first;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Shape argument = shape(node.children[i]);
      want(node.children[i], argument, function.parameter(i));
      if (i == 0) first = argument;
    }
    const std::string_view name = function.name;
    if (name == "first" || name == "last") {
      if (first.types == kArrayType && first.elements) {
        return Shape::either(*first.elements, Shape::of(kNullType));
      }
      if (first.types == kStringType) return Shape::of(kStringType | kNullType);
    }
    if (name == "slice" && first.types == kArrayType) return first;
    if (name == "slice" && first.types == kStringType) return first;
    if (name == "split") return Shape::array(Shape::of(kStringType));
    if (name == "keys") return Shape::array(Shape::of(kStringType));
    if (name == "default") {
      return Shape::either(first.present(), shape(node.children[1]));
    }
    return Shape::of(function.result);
  }

  Shape coalesce(const ExpressionNode& node) {
    Shape result = shape(node.children[0]).present();
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      Shape next = shape(node.children[i]);
      if (i + 1 < node.children.size()) next = next.present();
      result = result.types == 0 ? next : Shape::either(result, next);
    }
    return result;
  }

  Shape binary(const ExpressionNode& node) {
    const auto& left = node.children[0];
    const auto& right = node.children[1];
    const Shape a = shape(left);
    const Shape b = shape(right);
    switch (node.op) {
      case Operator::kEqual:
      case Operator::kNotEqual:
        if (((a.types & b.types) | ((a.types | b.types) & kNullType)) == 0) {
          wrong(node,
                fmt::format("{} is never equal to {}", types_text(a.types), types_text(b.types)));
        }
        return Shape::of(kBoolType);
      case Operator::kLess:
      case Operator::kAtMost:
      case Operator::kGreater:
      case Operator::kAtLeast:
        same_kind(node, a, b);
        return Shape::of(kBoolType);
      case Operator::kIn:
        want(right, b, kArrayType | kObjectType | kStringType);
        return Shape::of(kBoolType);
      case Operator::kAdd:
        return Shape::of(same_kind(node, a, b));
      default:
        want(left, a, kNumberType);
        want(right, b, kNumberType);
        return Shape::of(kNumberType);
    }
  }

  /// Two numbers or two strings; what they may be.
  Types same_kind(const ExpressionNode& node, const Shape& a, const Shape& b) {
    constexpr Types kEither = kNumberType | kStringType;
    const bool left = want(node.children[0], a, kEither);
    const bool right = want(node.children[1], b, kEither);
    if (!left || !right) return kEither;
    const Types both = a.types & b.types & kEither;
    if (both != 0) return both;
    wrong(node, fmt::format("{} takes two numbers or two strings, and not {} and {}",
                            sign_of(node.op), types_text(a.types), types_text(b.types)));
    return kEither;
  }

  const Names& names_;
  std::vector<Expression::Mistake>& mistakes_;
};

}  // namespace

Shape shape_of(const Expression& expression, const Names& names,
               std::vector<Expression::Mistake>& mistakes) {
  return TypeCheck(names, mistakes).shape(expression.root());
}

}  // namespace weir::apps::workflow
