#include "proto/filter.hpp"

#include <algorithm>
#include <compare>

#include "proto/field_mask.hpp"
#include "proto/number_order.hpp"

namespace weir::proto {
namespace {

using Order = std::partial_ordering;

/// Of two values that can be ordered: numbers, and strings by their bytes, which is the order of
/// code points.
struct OrderOf : NumberOrder {
  using NumberOrder::operator();
  Order operator()(std::string_view a, std::string_view b) const { return a <=> b; }
  template <typename A, typename B>
  Order operator()(const A&, const B&) const {
    return Order::unordered;
  }
};

}  // namespace

/// One event, of whose data nothing is read before it is asked for.
class Filter::Evaluation {
 public:
  Evaluation(const Filter& filter, const EventView& event) : filter_(filter), event_(event) {}

  bool holds(std::uint32_t index) {
    const auto& node = filter_.nodes_[index];
    const auto child_holds = [this](std::uint32_t child) { return holds(child); };
    switch (node.kind) {
      case Node::Kind::kOr:
        return std::any_of(node.children.begin(), node.children.end(), child_holds);
      case Node::Kind::kAnd:
        return std::all_of(node.children.begin(), node.children.end(), child_holds);
      case Node::Kind::kNot:
        return !holds(node.children.front());
      case Node::Kind::kIs:
        return equal(get(node.left), true);
      case Node::Kind::kCompare:
        return compare(node.compare, get(node.left), get(node.right));
      case Node::Kind::kIn:
        break;
    }
    const Value value = get(node.left);
    return std::any_of(node.list.begin(), node.list.end(),
                       [&](const Literal& each) { return equal(value, value_of(each)); });
  }

 private:
  Value get(const Operand& operand) {
    switch (operand.kind) {
      case Operand::Kind::kEvent:
        return event_.type.empty() ? std::string_view("message") : event_.type;
      case Operand::Kind::kTopic:
        return event_.topics.front();
      case Operand::Kind::kKey:
        if (event_.key.empty()) return Undefined{};
        return event_.key;
      case Operand::Kind::kData:
        return data(operand.path);
      case Operand::Kind::kLiteral:
        break;
    }
    return value_of(operand.literal);
  }

  Value data(std::uint32_t path) {
    if (!read_) {
      read_ = true;
      filter_.paths_.read(event_.data, values_);
    }
    const auto& found = values_[path];
    return found ? value_of(*found) : Undefined{};
  }

  const Filter& filter_;
  const EventView& event_;
  bool read_ = false;
  JsonPaths::Values values_;
};

Filter::Value Filter::value_of(const Literal& literal) {
  return std::visit(
      [](const auto& content) -> Value {
        using T = std::decay_t<decltype(content)>;
        if constexpr (std::is_same_v<T, JsonValue::Null>) {
          return Null{};
        } else if constexpr (std::is_same_v<T, JsonValue::Composite>) {
          return Composite{};
        } else if constexpr (std::is_same_v<T, std::string>) {
          return std::string_view(content);
        } else {
          return content;
        }
      },
      literal);
}

bool Filter::equal(const Value& left, const Value& right) {
  if (std::holds_alternative<Null>(left)) return std::holds_alternative<Null>(right);
  if (const bool* truth = std::get_if<bool>(&left)) {
    const bool* other = std::get_if<bool>(&right);
    return other != nullptr && *other == *truth;
  }
  return std::visit(OrderOf(), left, right) == 0;
}

bool Filter::compare(Node::Operator how, const Value& left, const Value& right) {
  using enum Node::Operator;
  if (how == kEqual) return equal(left, right);
  if (how == kNotEqual) return !equal(left, right);
  const auto order = std::visit(OrderOf(), left, right);
  if (how == kLess) return order < 0;
  if (how == kAtMost) return order <= 0;
  if (how == kGreater) return order > 0;
  return order >= 0;
}

bool Filter::matches(const EventView& event) const { return Evaluation(*this, event).holds(root_); }

std::optional<std::string> Filter::path_outside(const FieldMask& mask) const {
  for (const auto& path : steps_) {
    std::vector<std::string> names;
    // A mask goes through arrays without naming their elements.
    for (const auto& step : path) {
      if (const auto* name = std::get_if<std::string>(&step)) names.push_back(*name);
    }
    if (!mask.keeps(names)) return FieldMask::path_text(names);
  }
  return std::nullopt;
}

}  // namespace weir::proto
