// Expressions of workflows: read, typed and evaluated in one small world.

#include <boost/json.hpp>
#include <string>

#include "apps/workflow/model/expression.hpp"
#include "apps/workflow/model/expression_types.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"

namespace {

namespace json = boost::json;
using namespace weir::apps::workflow;

const json::value& input() {
  static const json::value made = json::parse(
      R"({"n":3,"x":2.5,"s":"Grüße","yes":true,"none":null,"list":[3,1,2],"o":{"k":"v"}})");
  return made;
}

Names names() {
  Names names;
  names.input = Shape::of_value(input());
  names.trigger = Shape::of(kNullType);
  names.item = Shape::of(kStringType);
  names.output = [](std::string_view) { return Shape(); };
  names.node = [](std::string_view) { return std::string(); };
  names.secret = [](std::string_view) { return std::string(); };
  return names;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = weir::fuzz::as_text(data, size);
  const auto expression = Expression::parse(text);
  if (!expression) {
    WEIR_CHECK(!expression.error().detail.empty(), "a refusal has a reason");
    return 0;
  }
  const json::value item = "blue";
  Scope scope;
  scope.input = &input();
  scope.item = &item;
  scope.index = 1;
  scope.node = [](std::string_view id) -> std::optional<Scope::NodeView> {
    if (id != "a") return std::nullopt;
    return Scope::NodeView{.output = &input(), .status = "completed", .error = {}};
  };
  scope.secret = [](std::string_view name) { return std::optional<std::string>(name); };
  std::vector<Expression::Mistake> mistakes;
  const Shape shape = shape_of(*expression, names(), mistakes);
  const auto value = expression->evaluate(scope);
  if (!value) {
    WEIR_CHECK(!value.error().detail.empty(), "a failure has a reason");
    return 0;
  }
  WEIR_CHECK(!mistakes.empty() || (shape.types & type_of(*value)) != 0,
             "a value has one of the types that were told before");
  const auto written = json::serialize(*value);
  json::parse_options deep;
  deep.max_depth = 1'000;
  boost::system::error_code error;
  json::parse(written, error, {}, deep);
  WEIR_CHECK(!error, "what an expression makes is JSON");
  const auto again = expression->evaluate(scope);
  WEIR_CHECK(again && json::serialize(*again) == written, "an expression has one value");
  return 0;
}
