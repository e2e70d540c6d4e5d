#include "apps/workflow/model/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "apps/workflow/model/expression_tree.hpp"
#include "apps/workflow/model/functions.hpp"
#include "apps/workflow/model/numbers.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using base::Result;
using Kind = ExpressionNode::Kind;
using Operator = ExpressionNode::Operator;

const json::value kNull;

/// A value that belongs to the scope, or one that was made. `nodes.x.output.items[0].name` copies
/// nothing but the name.
class Operand {
 public:
  Operand(const json::value* borrowed) : borrowed_(borrowed) {}
  Operand(json::value made) : made_(std::move(made)) {}

  const json::value& get() const { return borrowed_ != nullptr ? *borrowed_ : made_; }
  /// A part of this one, which must go on living where it is borrowed.
  Operand part(const json::value* value) && {
    if (value == nullptr) return Operand(&kNull);
    if (borrowed_ != nullptr) return Operand(value);
    json::value kept = *value;
    return Operand(std::move(kept));
  }
  Result<json::value> take(Budget& budget) && {
    if (borrowed_ == nullptr) return std::move(made_);
    if (!budget.spend_on(*borrowed_)) return Budget::exhausted();
    return *borrowed_;
  }

 private:
  const json::value* borrowed_ = nullptr;
  json::value made_;
};

json::value text_value(std::string_view text) { return json::string(text.data(), text.size()); }

class Evaluation {
 public:
  Evaluation(std::string_view text, const Scope& scope, Budget& budget)
      : text_(text), scope_(scope), budget_(budget) {}

  Result<Operand> value(const ExpressionNode& node) {
    switch (node.kind) {
      case Kind::kLiteral:
        return Operand(&node.literal);
      case Kind::kInput:
        return borrowed(scope_.input);
      case Kind::kTrigger:
        return borrowed(scope_.trigger);
      case Kind::kItem:
        return borrowed(scope_.item);
      case Kind::kIndex:
        if (!scope_.index) return borrowed(nullptr);
        return Operand(json::value(static_cast<std::int64_t>(*scope_.index)));
      case Kind::kNodeOutput:
      case Kind::kNodeStatus:
      case Kind::kNodeError:
        return node_member(node);
      case Kind::kExecution:
      case Kind::kWorkflow:
        return made(run_member(node));
      case Kind::kSecret:
        return secret(node);
      case Kind::kMember:
        return member(node);
      case Kind::kElement:
        return element(node);
      case Kind::kList:
        return list(node);
      case Kind::kCall:
        return call(node);
      case Kind::kNot:
      case Kind::kAnd:
      case Kind::kOr:
        return logic(node);
      case Kind::kNegate:
        return negated(node);
      case Kind::kCoalesce:
        return coalesce(node);
      case Kind::kConditional:
        return conditional(node);
      case Kind::kBinary:
        break;
    }
    return binary(node);
  }

 private:
  static Operand borrowed(const json::value* value) {
    return Operand(value == nullptr ? &kNull : value);
  }

  Result<Operand> made(json::value value) {
    if (!budget_.spend_on(value)) return Budget::exhausted();
    return Operand(std::move(value));
  }

  /// "<part of the text>: <message>"
  base::Error wrong(const ExpressionNode& node, std::string_view message) const {
    return base::make_error(base::ErrorCode::kBadRequest,
                            fmt::format("{}: {}", node.text_in(text_), message));
  }
  base::Error wrong_type(const ExpressionNode& node, const json::value& value,
                         std::string_view wanted) const {
    return wrong(node,
                 fmt::format("this is {} where {} is wanted", types_text(type_of(value)), wanted));
  }

  Result<Operand> node_member(const ExpressionNode& node) {
    const auto view = scope_.node ? scope_.node(node.name) : std::nullopt;
    if (!view) return borrowed(nullptr);
    if (node.kind == Kind::kNodeOutput) return borrowed(view->output);
    const auto text = node.kind == Kind::kNodeStatus ? view->status : view->error;
    if (text.empty()) return borrowed(nullptr);
    return made(text_value(text));
  }

  json::value run_member(const ExpressionNode& node) const {
    if (node.kind == Kind::kWorkflow) {
      if (node.name == "id") return text_value(scope_.workflow.id);
      if (node.name == "name") return text_value(scope_.workflow.name);
      return static_cast<std::int64_t>(scope_.workflow.version);
    }
    if (node.name == "id") return text_value(scope_.execution.id);
    if (node.name == "attempt") return static_cast<std::int64_t>(scope_.execution.attempt);
    return text_value(proto::format_rfc3339(scope_.execution.start_time));
  }

  Result<Operand> secret(const ExpressionNode& node) {
    const auto found = scope_.secret ? scope_.secret(node.name) : std::nullopt;
    if (!found) return wrong(node, "this secret is not set");
    return made(text_value(*found));
  }

  Result<Operand> member(const ExpressionNode& node) {
    auto object = value(node.children[0]);
    if (!object) return object;
    const auto& from = object->get();
    if (from.is_null()) return borrowed(nullptr);
    if (!from.is_object()) return wrong_type(node.children[0], from, "an object");
    const auto* found = from.get_object().if_contains(node.name);
    return std::move(*object).part(found);
  }

  Result<Operand> element(const ExpressionNode& node) {
    auto from = value(node.children[0]);
    if (!from) return from;
    auto which = value(node.children[1]);
    if (!which) return which;
    const auto& key = which->get();
    const auto& whole = from->get();
    if (whole.is_null()) return borrowed(nullptr);
    if (const auto* object = whole.if_object()) {
      if (!key.is_string()) return wrong_type(node.children[1], key, "a member's name");
      const auto* found = object->if_contains(key.get_string());
      return std::move(*from).part(found);
    }
    const auto* array = whole.if_array();
    if (array == nullptr) return wrong_type(node.children[0], whole, "an array or an object");
    const auto index = key.is_number() ? as_integer(key) : std::nullopt;
    if (!index) return wrong_type(node.children[1], key, "an index");
    if (*index < 0) return wrong(node.children[1], "an index is not negative");
    const auto* found = array->if_contains(static_cast<std::size_t>(*index));
    return std::move(*from).part(found);
  }

  Result<Operand> list(const ExpressionNode& node) {
    json::array items;
    for (const auto& child : node.children) {
      auto item = value(child);
      if (!item) return item;
      auto taken = std::move(*item).take(budget_);
      if (!taken) return taken.error();
      if (!budget_.spend(sizeof(json::value))) return Budget::exhausted();
      items.push_back(std::move(*taken));
    }
    return Operand(json::value(std::move(items)));
  }

  Result<Operand> call(const ExpressionNode& node) {
    std::vector<Operand> operands;
    operands.reserve(node.children.size());
    for (const auto& child : node.children) {
      auto argument = value(child);
      if (!argument) return argument;
      const Types allowed = node.function->parameter(operands.size());
      if ((type_of(argument->get()) & allowed) == 0) {
        return wrong_type(child, argument->get(), types_text(allowed));
      }
      operands.push_back(std::move(*argument));
    }
    std::vector<const json::value*> arguments;
    arguments.reserve(operands.size());
    for (const auto& each : operands) arguments.push_back(&each.get());
    auto result = node.function->apply(arguments, budget_);
    if (!result) return wrong(node, result.error().detail);
    return Operand(std::move(*result));
  }

  Result<bool> truth(const ExpressionNode& node) {
    const auto read = value(node);
    if (!read) return read.error();
    const bool* truth = read->get().if_bool();
    if (truth == nullptr) return wrong_type(node, read->get(), "true or false");
    return *truth;
  }

  Result<Operand> logic(const ExpressionNode& node) {
    for (const auto& child : node.children) {
      const auto holds = truth(child);
      if (!holds) return holds.error();
      if (node.kind == Kind::kNot) return Operand(json::value(!*holds));
      // One that decides leaves the rest unread.
      if (*holds == (node.kind == Kind::kOr)) return Operand(json::value(*holds));
    }
    return Operand(json::value(node.kind == Kind::kAnd));
  }

  Result<Operand> negated(const ExpressionNode& node) {
    const auto number = value(node.children[0]);
    if (!number) return number;
    if (!number->get().is_number()) return wrong_type(node.children[0], number->get(), "a number");
    auto result = negate(number->get());
    if (!result) return wrong(node, result.error().detail);
    return Operand(std::move(*result));
  }

  Result<Operand> coalesce(const ExpressionNode& node) {
    for (std::size_t i = 0; i + 1 < node.children.size(); ++i) {
      auto each = value(node.children[i]);
      if (!each || !each->get().is_null()) return each;
    }
    return value(node.children.back());
  }

  Result<Operand> conditional(const ExpressionNode& node) {
    const auto holds = truth(node.children[0]);
    if (!holds) return holds.error();
    return value(node.children[*holds ? 1 : 2]);
  }

  Result<Operand> binary(const ExpressionNode& node) {
    auto left = value(node.children[0]);
    if (!left) return left;
    auto right = value(node.children[1]);
    if (!right) return right;
    switch (node.op) {
      case Operator::kEqual:
        return Operand(json::value(equal(left->get(), right->get())));
      case Operator::kNotEqual:
        return Operand(json::value(!equal(left->get(), right->get())));
      case Operator::kLess:
      case Operator::kAtMost:
      case Operator::kGreater:
      case Operator::kAtLeast:
        return compared(node, left->get(), right->get());
      case Operator::kIn:
        return contained(node, left->get(), right->get());
      default:
        return computed(node, left->get(), right->get());
    }
  }

  Result<Operand> compared(const ExpressionNode& node, const json::value& left,
                           const json::value& right) {
    if (!left.is_number() && !left.is_string()) {
      return wrong_type(node.children[0], left, "a number or a string");
    }
    if ((type_of(left) & type_of(right)) == 0) {
      return wrong_type(node.children[1], right, types_text(type_of(left)));
    }
    const auto order = order_of(left, right);
    const bool holds = node.op == Operator::kLess      ? order < 0
                       : node.op == Operator::kAtMost  ? order <= 0
                       : node.op == Operator::kGreater ? order > 0
                                                       : order >= 0;
    return Operand(json::value(holds));
  }

  /// An element of an array, a part of a string, or the name of an object's member.
  Result<Operand> contained(const ExpressionNode& node, const json::value& left,
                            const json::value& right) {
    if (const auto* object = right.if_object()) {
      if (!left.is_string()) return wrong_type(node.children[0], left, "a member's name");
      return Operand(json::value(object->contains(left.get_string())));
    }
    if (!right.is_array() && !right.is_string()) {
      return wrong_type(node.children[1], right, "an array, an object or a string");
    }
    auto result =
        find_function("contains")->apply(std::vector<const json::value*>{&right, &left}, budget_);
    if (!result) return wrong(node, result.error().detail);
    return Operand(std::move(*result));
  }

  Result<Operand> computed(const ExpressionNode& node, const json::value& left,
                           const json::value& right) {
    const bool joins = node.op == Operator::kAdd && left.is_string();
    if (!joins && !left.is_number()) {
      return wrong_type(node.children[0], left,
                        node.op == Operator::kAdd ? "a number or a string" : "a number");
    }
    if ((type_of(left) & type_of(right)) == 0) {
      return wrong_type(node.children[1], right, types_text(type_of(left)));
    }
    if (joins) {
      const auto& begin = left.get_string();
      const auto& end = right.get_string();
      if (!budget_.spend(begin.size() + end.size())) return Budget::exhausted();
      json::string both = begin;
      both.append(end);
      return Operand(json::value(std::move(both)));
    }
    auto result = calculate(node.op, left, right);
    if (!result) return wrong(node, result.error().detail);
    return Operand(std::move(*result));
  }

  std::string_view text_;
  const Scope& scope_;
  Budget& budget_;
};

}  // namespace

Result<json::value> evaluate(const Expression& expression, const Scope& scope, Budget& budget) {
  auto value = Evaluation(expression.text(), scope, budget).value(expression.root());
  if (!value) return value.error();
  return std::move(*value).take(budget);
}

Result<json::value> Expression::evaluate(const Scope& scope) const {
  Budget budget(kValueBytesMax);
  return workflow::evaluate(*this, scope, budget);
}

Result<bool> holds(const Expression& condition, const Scope& scope) {
  const auto value = condition.evaluate(scope);
  if (!value) return value.error();
  if (const bool* truth = value->if_bool()) return *truth;
  return base::make_error(base::ErrorCode::kBadRequest,
                          fmt::format("{}: a condition is true or false, and this is {}",
                                      condition.text(), types_text(type_of(*value))));
}

std::string_view sign_of(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return "==";
    case Operator::kNotEqual:
      return "!=";
    case Operator::kLess:
      return "<";
    case Operator::kAtMost:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kAtLeast:
      return ">=";
    case Operator::kIn:
      return "in";
    case Operator::kAdd:
      return "+";
    case Operator::kSubtract:
      return "-";
    case Operator::kMultiply:
      return "*";
    case Operator::kDivide:
      return "/";
    case Operator::kRemainder:
      return "%";
  }
  return "";
}

}  // namespace weir::apps::workflow
