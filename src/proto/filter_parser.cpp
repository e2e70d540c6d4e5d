// filter    = or
// or        = and *( "||" and )
// and       = unary *( "&&" unary )
// unary     = "!" unary / "(" or ")" / condition
// condition = operand [ comparison operand / "in" "[" literal *( "," literal ) "]" ]
// operand   = literal / path
// path      = "event" / "topic" / "key" / "data" *( "." name / "[" index "]" / "[" string "]" )

#include <fmt/format.h>

#include <array>
#include <limits>
#include <utility>

#include "proto/expression_text.hpp"
#include "proto/filter.hpp"

namespace weir::proto {

/// One thread, one text. Each method reads what it is named after, from where the text is.
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text, base::ErrorCode::kBadFilter) {
    filter_.text_ = text;
  }

  base::Result<Filter> run() {
    if (text_.at_end()) return text_.wrong("a condition is missing");
    const auto root = any_of();
    if (!root) return root.error();
    if (!text_.at_end()) return text_.wrong("expected &&, ||, a comparison or the end");
    filter_.root_ = *root;
    return std::move(filter_);
  }

 private:
  using Node = Filter::Node;
  using Kind = Node::Kind;
  using Operator = Node::Operator;
  using Index = base::Result<std::uint32_t>;

  Index any_of() {
    return joined(Kind::kOr, "||",
                  [this] { return joined(Kind::kAnd, "&&", [this] { return unary(); }); });
  }

  template <typename Part>
  Index joined(Kind kind, std::string_view sign, Part part) {
    Index first = part();
    if (!first) return first;
    Node node;
    node.kind = kind;
    node.children.push_back(*first);
    while (text_.take(sign)) {
      const Index next = part();
      if (!next) return next;
      node.children.push_back(*next);
    }
    return node.children.size() == 1 ? first : add(std::move(node));
  }

  Index unary() {
    const std::size_t at = place();
    const bool negated = text_.take("!");
    if (!negated && !text_.take("(")) return condition();
    if (++depth_ > Filter::kDepthMax) {
      return text_.wrong(
          fmt::format("more than {} parentheses and ! are in each other", Filter::kDepthMax), at);
    }
    Index inner = negated ? unary() : any_of();
    if (!inner) return inner;
    --depth_;
    if (negated) {
      Node node;
      node.kind = Kind::kNot;
      node.children.push_back(*inner);
      return add(std::move(node));
    }
    if (!text_.take(")")) return text_.wrong("expected &&, || or )");
    return inner;
  }

  Index condition() {
    const std::size_t at = place();
    Node node;
    auto left = operand();
    if (!left) return left.error();
    node.left = std::move(*left);
    const bool literal = is_literal(node.left);
    if (const auto how = comparison()) {
      node.kind = Kind::kCompare;
      node.compare = *how;
      auto right = operand();
      if (!right) return right.error();
      node.right = std::move(*right);
      // Two values need no event; the likely mistake is a path in quotes.
      if (literal && is_literal(node.right)) {
        return text_.wrong("a comparison needs event, topic, key or data on one side", at);
      }
      return add(std::move(node));
    }
    if (literal) return text_.wrong("a value alone is no condition", at);
    if (takes_in()) {
      node.kind = Kind::kIn;
      if (auto listed = list(node); !listed) return listed.error();
    }
    return add(std::move(node));
  }

  std::optional<Operator> comparison() {
    static constexpr std::array<std::pair<std::string_view, Operator>, 6> kSigns = {{
        {"==", Operator::kEqual},
        {"!=", Operator::kNotEqual},
        {"<=", Operator::kAtMost},
        {">=", Operator::kAtLeast},
        {"<", Operator::kLess},
        {">", Operator::kGreater},
    }};
    for (const auto& [sign, meaning] : kSigns) {
      if (text_.take(sign)) return meaning;
    }
    return std::nullopt;
  }

  bool takes_in() {
    text_.peek();
    ExpressionText ahead = text_;
    if (ahead.name() != "in") return false;
    text_ = ahead;
    return true;
  }

  base::Result<> list(Node& node) {
    if (!text_.take("[")) return text_.wrong("expected [ and a list of values");
    do {
      const std::size_t at = place();
      auto each = operand();
      if (!each) return each.error();
      if (!is_literal(*each)) return text_.wrong("a list holds values, no paths", at);
      node.list.push_back(std::move(each->literal));
      if (auto counted = count_term(at); !counted) return counted;
    } while (text_.take(","));
    if (!text_.take("]")) return text_.wrong("expected a comma or ]");
    return {};
  }

  base::Result<Filter::Operand> operand() {
    const char next = text_.peek();
    if (next == '"' || next == '\'') {
      auto string = text_.quoted();
      if (!string) return string.error();
      return value(std::move(*string));
    }
    if (next == '-' || (next >= '0' && next <= '9')) {
      auto number = text_.number();
      if (!number) return number.error();
      return value(std::move(number->content));
    }
    const std::size_t at = text_.at();
    const auto word = text_.name();
    if (word == "data") return data_path();
    if (word == "event") return named(Filter::Operand::Kind::kEvent);
    if (word == "topic") return named(Filter::Operand::Kind::kTopic);
    if (word == "key") return named(Filter::Operand::Kind::kKey);
    if (word == "true" || word == "false") return value(word == "true");
    if (word == "null") return value(JsonValue::Null{});
    return text_.wrong(
        word.empty() ? "expected event, topic, key, data, a string, a number, true, false or null"
                     : "an event has event, topic, key and data; strings stand in quotes",
        at);
  }

  base::Result<Filter::Operand> data_path() {
    std::vector<JsonStep> steps;
    for (;;) {
      const std::size_t at = text_.at();
      if (text_.take_adjacent('.')) {
        const auto name = text_.name();
        if (name.empty()) return text_.wrong("expected a name", text_.at());
        steps.emplace_back(std::string(name));
      } else if (text_.take_adjacent('[')) {
        auto step = bracketed();
        if (!step) return step.error();
        steps.push_back(std::move(*step));
      } else {
        break;
      }
      if (steps.size() > Filter::kPathStepsMax) {
        return text_.wrong(fmt::format("a path has at most {} steps", Filter::kPathStepsMax), at);
      }
    }
    const auto number = filter_.paths_.add(steps);
    if (number == filter_.steps_.size()) filter_.steps_.push_back(std::move(steps));
    return named(Filter::Operand::Kind::kData, number);
  }

  base::Result<JsonStep> bracketed() {
    const char next = text_.peek();
    const std::size_t at = text_.at();
    std::optional<JsonStep> step;
    if (next == '"' || next == '\'') {
      auto name = text_.quoted();
      if (!name) return name.error();
      step = std::move(*name);
    } else if (next >= '0' && next <= '9') {
      const auto number = text_.number();
      if (!number) return number.error();
      const auto* index = std::get_if<std::int64_t>(&number->content);
      if (index != nullptr && *index >= 0 && *index <= std::numeric_limits<std::uint32_t>::max()) {
        step = static_cast<std::uint32_t>(*index);
      }
    }
    if (!step) return text_.wrong("expected an index or a name in quotes", at);
    if (!text_.take("]")) return text_.wrong("expected ]");
    return std::move(*step);
  }

  static Filter::Operand value(Filter::Literal literal) {
    Filter::Operand operand;
    operand.literal = std::move(literal);
    return operand;
  }
  static Filter::Operand named(Filter::Operand::Kind kind, std::uint32_t path = 0) {
    Filter::Operand operand;
    operand.kind = kind;
    operand.path = path;
    return operand;
  }
  static bool is_literal(const Filter::Operand& operand) {
    return operand.kind == Filter::Operand::Kind::kLiteral;
  }

  std::size_t place() {
    text_.peek();
    return text_.at();
  }

  base::Result<> count_term(std::size_t at) {
    if (++terms_ <= Filter::kTermsMax) return {};
    return text_.wrong(
        fmt::format("more than {} conditions, operators and values of lists", Filter::kTermsMax),
        at);
  }

  Index add(Node node) {
    if (auto counted = count_term(text_.at()); !counted) return counted.error();
    filter_.nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(filter_.nodes_.size() - 1);
  }

  ExpressionText text_;
  Filter filter_;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
};

base::Result<Filter> Filter::parse(std::string_view text) {
  if (text.size() > kBytesMax) {
    return base::make_error(base::ErrorCode::kBadFilter,
                            fmt::format("it is longer than {} bytes", kBytesMax));
  }
  return FilterParser(text).run();
}

}  // namespace weir::proto
