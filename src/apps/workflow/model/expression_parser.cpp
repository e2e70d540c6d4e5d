// expression = either [ "?" expression ":" expression ]
// either     = or *( "??" or )
// or         = and *( "||" and )
// and        = equality *( "&&" equality )
// equality   = relation *( ( "==" / "!=" ) relation )
// relation   = sum *( ( "<" / "<=" / ">" / ">=" / "in" ) sum )
// sum        = product *( ( "+" / "-" ) product )
// product    = unary *( ( "*" / "/" / "%" ) unary )
// unary      = ( "!" / "-" ) unary / path
// path       = primary *( "." name / "[" expression "]" )
// primary    = literal / "(" expression ")" / list / name "(" [ expression *( "," expression ) ]
// ")" / root root       = "input" / "trigger" / "item" / "index" / "nodes" step
// ".output|status|error"
//            / "execution" step / "workflow" step / "secrets" step

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "apps/workflow/model/expression.hpp"
#include "apps/workflow/model/expression_tree.hpp"
#include "apps/workflow/model/functions.hpp"
#include "base/nearest.hpp"
#include "proto/expression_text.hpp"

namespace weir::apps::workflow {
namespace {

using Kind = ExpressionNode::Kind;
using Operator = ExpressionNode::Operator;
using Signs = std::span<const std::pair<std::string_view, Operator>>;

constexpr std::array<std::pair<std::string_view, Operator>, 2> kEqualities = {
    {{"==", Operator::kEqual}, {"!=", Operator::kNotEqual}}};
// A sign comes before its beginning.
constexpr std::array<std::pair<std::string_view, Operator>, 5> kRelations = {
    {{"<=", Operator::kAtMost},
     {">=", Operator::kAtLeast},
     {"<", Operator::kLess},
     {">", Operator::kGreater},
     {"in", Operator::kIn}}};
constexpr std::array<std::pair<std::string_view, Operator>, 2> kSums = {
    {{"+", Operator::kAdd}, {"-", Operator::kSubtract}}};
constexpr std::array<std::pair<std::string_view, Operator>, 3> kProducts = {
    {{"*", Operator::kMultiply}, {"/", Operator::kDivide}, {"%", Operator::kRemainder}}};

struct Member {
  std::string_view name;
  Kind kind;
};
constexpr std::array<Member, 3> kNodeMembers = {
    {{"output", Kind::kNodeOutput}, {"status", Kind::kNodeStatus}, {"error", Kind::kNodeError}}};
constexpr std::array<Member, 3> kExecutionMembers = {
    {{"id", Kind::kExecution}, {"startTime", Kind::kExecution}, {"attempt", Kind::kExecution}}};
constexpr std::array<Member, 3> kWorkflowMembers = {
    {{"id", Kind::kWorkflow}, {"name", Kind::kWorkflow}, {"version", Kind::kWorkflow}}};
constexpr std::array<Member, 4> kPlainRoots = {{{"input", Kind::kInput},
                                                {"trigger", Kind::kTrigger},
                                                {"item", Kind::kItem},
                                                {"index", Kind::kIndex}}};

}  // namespace

/// One thread, one text. A method that reads something gives nothing if it could not; the mistake
/// is set then.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text)
      : whole_(text), text_(text, base::ErrorCode::kBadRequest) {}

  Expression::Parsed run() {
    Expression::Parsed parsed;
    text_.peek();
    const std::size_t begin = text_.at();
    auto root = expression();
    text_.peek();
    parsed.bytes = text_.at();
    if (root && parsed.bytes - begin > Expression::kBytesMax) {
      root = wrong(begin, fmt::format("an expression has at most {} bytes", Expression::kBytesMax));
    }
    if (!root) {
      parsed.mistakes.push_back(std::move(mistake_));
      return parsed;
    }
    parsed.expression.text_ = whole_.substr(0, root->end);
    parsed.expression.root_ = std::make_shared<const ExpressionNode>(std::move(*root));
    return parsed;
  }

 private:
  using Read = std::optional<ExpressionNode>;

  std::nullopt_t wrong(std::size_t at, std::string message) {
    // The first is the cause.
    if (mistake_.message.empty()) mistake_ = {at, std::move(message)};
    return std::nullopt;
  }
  std::size_t place() { return text_.peek(), text_.at(); }

  /// Makes `node` a part of the tree that ends here.
  Read finish(ExpressionNode node) {
    node.end = text_.at();
    if (++terms_ > Expression::kTermsMax) {
      return wrong(node.begin, fmt::format("an expression has at most {} operators and operands",
                                           Expression::kTermsMax));
    }
    return node;
  }
  Read join(Kind kind, std::size_t begin, std::vector<ExpressionNode> children,
            Operator op = Operator::kEqual) {
    ExpressionNode node;
    node.kind = kind;
    node.op = op;
    node.begin = begin;
    node.children = std::move(children);
    return finish(std::move(node));
  }

  /// One level deeper for as long as it lives.
  struct Deeper {
    explicit Deeper(std::size_t& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    std::size_t& depth_;
  };
  bool too_deep() {
    if (depth_ <= Expression::kDepthMax) return false;
    wrong(place(), fmt::format("more than {} parentheses, operators and calls are in each other",
                               Expression::kDepthMax));
    return true;
  }

  Read expression() {
    const Deeper deeper(depth_);
    if (too_deep()) return std::nullopt;
    const std::size_t begin = place();
    auto condition = chain("??", Kind::kCoalesce, [this] { return disjunction(); });
    if (!condition || !text_.take("?")) return condition;
    auto yes = expression();
    if (!yes) return yes;
    if (!text_.take(":")) return wrong(place(), "expected : and what holds otherwise");
    auto no = expression();
    if (!no) return no;
    std::vector<ExpressionNode> children;
    children.push_back(std::move(*condition));
    children.push_back(std::move(*yes));
    children.push_back(std::move(*no));
    return join(Kind::kConditional, begin, std::move(children));
  }

  Read disjunction() {
    return chain("||", Kind::kOr, [this] { return conjunction(); });
  }
  Read conjunction() {
    return chain("&&", Kind::kAnd, [this] { return equality(); });
  }

  template <typename Part>
  Read chain(std::string_view sign, Kind kind, Part part) {
    const std::size_t begin = place();
    Read first = part();
    if (!first) return first;
    std::vector<ExpressionNode> children;
    children.push_back(std::move(*first));
    while (text_.take(sign)) {
      Read next = part();
      if (!next) return next;
      children.push_back(std::move(*next));
    }
    if (children.size() == 1) return std::move(children.front());
    return join(kind, begin, std::move(children));
  }

  Read equality() {
    return binary(kEqualities, [this] { return relation(); });
  }
  Read relation() {
    return binary(kRelations, [this] { return sum(); });
  }
  Read sum() {
    return binary(kSums, [this] { return product(); });
  }
  Read product() {
    return binary(kProducts, [this] { return unary(); });
  }

  template <typename Part>
  Read binary(Signs signs, Part part) {
    const std::size_t begin = place();
    Read left = part();
    while (left) {
      const auto op = take_sign(signs);
      if (!op) break;
      Read right = part();
      if (!right) return right;
      std::vector<ExpressionNode> children;
      children.push_back(std::move(*left));
      children.push_back(std::move(*right));
      left = join(Kind::kBinary, begin, std::move(children), *op);
    }
    return left;
  }

  std::optional<Operator> take_sign(Signs signs) {
    for (const auto& [sign, op] : signs) {
      if (op != Operator::kIn) {
        if (text_.take(sign)) return op;
        continue;
      }
      // A word: `index` begins with it, too.
      text_.peek();
      proto::ExpressionText ahead = text_;
      if (ahead.name() != sign) continue;
      text_ = ahead;
      return op;
    }
    return std::nullopt;
  }

  Read unary() {
    const std::size_t begin = place();
    const bool negated = text_.take("!");
    if (!negated && !text_.take("-")) return path();
    const Deeper deeper(depth_);
    if (too_deep()) return std::nullopt;
    Read inner = unary();
    if (!inner) return inner;
    std::vector<ExpressionNode> children;
    children.push_back(std::move(*inner));
    return join(negated ? Kind::kNot : Kind::kNegate, begin, std::move(children));
  }

  Read path() {
    const std::size_t begin = place();
    Read at = primary();
    while (at) {
      ExpressionNode step;
      step.begin = begin;
      if (text_.take_adjacent('.')) {
        step.kind = Kind::kMember;
        const std::size_t name_at = text_.at();
        step.name = text_.name();
        if (step.name.empty()) return wrong(name_at, "expected a name behind the dot");
        step.children.push_back(std::move(*at));
      } else if (text_.take_adjacent('[')) {
        step.kind = Kind::kElement;
        Read which = expression();
        if (!which) return which;
        if (!text_.take("]")) return wrong(place(), "expected ]");
        step.children.push_back(std::move(*at));
        step.children.push_back(std::move(*which));
      } else {
        break;
      }
      at = finish(std::move(step));
    }
    return at;
  }

  Read primary() {
    const char next = text_.peek();
    const std::size_t begin = text_.at();
    if (next == '(') return parenthesised();
    if (next == '[') {
      text_.take("[");
      auto items = list("]");
      if (!items) return std::nullopt;
      return join(Kind::kList, begin, std::move(*items));
    }
    if (next == '"' || next == '\'') {
      auto string = text_.quoted();
      if (!string) return wrong(begin, "this string has no end, or holds what JSON does not take");
      return literal(begin, boost::json::value(boost::json::string(*string)));
    }
    if (next >= '0' && next <= '9') return number(begin);
    const auto word = text_.name();
    if (word == "true" || word == "false") return literal(begin, word == "true");
    if (word == "null") return literal(begin, nullptr);
    if (word.empty()) {
      return wrong(begin, text_.at_end() ? "an expression is missing here"
                                         : "expected a name, a string, a number, ( or [");
    }
    proto::ExpressionText ahead = text_;
    if (ahead.take("(")) return call(begin, word);
    return root(begin, word);
  }

  Read parenthesised() {
    const std::size_t begin = text_.at();
    text_.take("(");
    Read inner = expression();
    if (!inner) return inner;
    if (!text_.take(")")) return wrong(place(), "expected an operator or )");
    inner->begin = begin;
    inner->end = text_.at();
    return inner;
  }

  Read literal(std::size_t begin, boost::json::value value) {
    ExpressionNode node;
    node.begin = begin;
    node.literal = std::move(value);
    return finish(std::move(node));
  }

  Read number(std::size_t begin) {
    const auto read = text_.number();
    if (!read) return wrong(begin, "this is not a number of JSON");
    if (const auto* whole = std::get_if<std::int64_t>(&read->content))
      return literal(begin, *whole);
    if (const auto* big = std::get_if<std::uint64_t>(&read->content)) return literal(begin, *big);
    const double value = std::get<double>(read->content);
    // 1e999: JSON has no infinity.
    if (!(value < std::numeric_limits<double>::infinity())) {
      return wrong(begin, "this number is too large");
    }
    return literal(begin, value);
  }

  /// What stands between brackets, up to and with `close`.
  std::optional<std::vector<ExpressionNode>> list(std::string_view close) {
    std::vector<ExpressionNode> items;
    if (text_.take(close)) return items;
    do {
      auto item = expression();
      if (!item) return std::nullopt;
      items.push_back(std::move(*item));
    } while (text_.take(","));
    if (!text_.take(close)) {
      return wrong(place(), fmt::format("expected an operator, a comma or {}", close));
    }
    return items;
  }

  Read call(std::size_t begin, std::string_view word) {
    const Function* function = find_function(word);
    if (function == nullptr) {
      return wrong(begin, fmt::format("there is no function \"{}\"{}", word,
                                      base::did_you_mean(word, function_names())));
    }
    text_.take("(");
    auto arguments = list(")");
    if (!arguments) return std::nullopt;
    if (auto problem = arity_problem(*function, arguments->size()); !problem.empty()) {
      return wrong(begin, std::move(problem));
    }
    ExpressionNode node;
    node.kind = Kind::kCall;
    node.begin = begin;
    node.function = function;
    node.children = std::move(*arguments);
    return finish(std::move(node));
  }

  Read root(std::size_t begin, std::string_view word) {
    ExpressionNode node;
    node.begin = begin;
    for (const auto& each : kPlainRoots) {
      if (word != each.name) continue;
      node.kind = each.kind;
      return finish(std::move(node));
    }
    if (word == "execution") return member_of(std::move(node), word, kExecutionMembers);
    if (word == "workflow") return member_of(std::move(node), word, kWorkflowMembers);
    if (word == "secrets" || word == "nodes") {
      auto name = step(word, word == "nodes" ? "a node's id" : "a secret's name");
      if (!name) return std::nullopt;
      node.name = std::move(*name);
      if (word == "nodes") return node_member(std::move(node));
      node.kind = Kind::kSecret;
      return finish(std::move(node));
    }
    static const std::vector<std::string> kNames = {"input", "trigger",   "item",     "index",
                                                    "nodes", "execution", "workflow", "secrets",
                                                    "true",  "false",     "null"};
    return wrong(begin,
                 fmt::format("there is no \"{}\"{}", word, base::did_you_mean(word, kNames)));
  }

  /// `.name` or `["name"]` behind a root.
  std::optional<std::string> step(std::string_view word, std::string_view what) {
    if (text_.take_adjacent('.')) {
      std::string name(text_.name());
      if (!name.empty()) return name;
      // An id may begin with a digit, a name does not.
      return wrong(text_.at(), fmt::format("expected {}; write {}[\"…\"] if it begins with a digit",
                                           what, word));
    }
    if (text_.take_adjacent('[')) {
      const char quote = text_.peek();
      const std::size_t at = text_.at();
      if (quote == '"' || quote == '\'') {
        auto name = text_.quoted();
        if (name && text_.take("]")) return std::move(*name);
      }
      return wrong(at, fmt::format("expected {} in quotes and ]", what));
    }
    return wrong(text_.at(), fmt::format("expected .{} behind {}", what, word));
  }

  static std::vector<std::string> names_of(std::span<const Member> members) {
    std::vector<std::string> names;
    for (const auto& each : members) names.emplace_back(each.name);
    return names;
  }

  Read member_of(ExpressionNode node, std::string_view word, std::span<const Member> members) {
    const std::size_t at = text_.at();
    auto name = step(word, "a name");
    if (!name) return std::nullopt;
    for (const auto& each : members) {
      if (*name != each.name) continue;
      node.kind = each.kind;
      node.name = std::move(*name);
      return finish(std::move(node));
    }
    return wrong(at, fmt::format("{} has {}, {} and {}, but no \"{}\"{}", word, members[0].name,
                                 members[1].name, members[2].name, *name,
                                 base::did_you_mean(*name, names_of(members))));
  }

  Read node_member(ExpressionNode node) {
    const std::string id = std::exchange(node.name, {});
    auto read = member_of(std::move(node), fmt::format("nodes.{}", id), kNodeMembers);
    if (read) read->name = id;
    return read;
  }

  std::string_view whole_;
  proto::ExpressionText text_;
  Expression::Mistake mistake_;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
};

Expression::Parsed Expression::parse_prefix(std::string_view text) {
  return ExpressionParser(text).run();
}

base::Result<Expression> Expression::parse(std::string_view text) {
  auto parsed = parse_prefix(text);
  if (parsed.mistakes.empty() && parsed.bytes < text.size()) {
    parsed.mistakes.push_back({parsed.bytes, "expected an operator or the end"});
  }
  if (parsed.mistakes.empty()) return std::move(parsed.expression);
  const auto& mistake = parsed.mistakes.front();
  return proto::ExpressionText(text, base::ErrorCode::kBadRequest)
      .wrong(mistake.message, mistake.at);
}

}  // namespace weir::apps::workflow
