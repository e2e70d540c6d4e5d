#include "apps/workflow/model/expression.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "apps/workflow/model/functions.hpp"
#include "apps/workflow/model/report.hpp"
#include "apps/workflow/model/template.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

/// A scope with an input, an item and the node "a", which has completed; "b" has failed.
struct World {
  json::value input =
      json::parse(R"({"n":3,"x":2.5,"big":9223372036854775807,"s":"Grüße","yes":true,
      "list":[3,1,2],"empty":[],"none":null,"o":{"k":"v","a b":1},"rows":[{"id":1},{"id":2}]})");
  json::value output = json::parse(R"({"status":200,"json":{"rows":[{"id":7}]}})");
  json::value item = "blue";

  Scope scope() const {
    Scope scope;
    scope.input = &input;
    scope.item = &item;
    scope.index = 4;
    scope.execution = {.id = "wf_exec_1", .start_time = 1'700'000'000'000, .attempt = 2};
    scope.workflow = {.id = "w", .name = "W", .version = 5};
    scope.node = [this](std::string_view id) -> std::optional<Scope::NodeView> {
      if (id == "a") return Scope::NodeView{.output = &output, .status = "completed", .error = {}};
      if (id == "b") return Scope::NodeView{.output = nullptr, .status = "failed", .error = "no"};
      return std::nullopt;
    };
    scope.secret = [](std::string_view name) -> std::optional<std::string> {
      if (name == "TOKEN") return "s3cret";
      return std::nullopt;
    };
    return scope;
  }
};

std::string value_of(std::string_view text) {
  const auto expression = Expression::parse(text);
  if (!expression) return "no expression: " + expression.error().detail;
  const World world;
  const auto value = expression->evaluate(world.scope());
  return value ? json::serialize(*value) : "failed: " + value.error().detail;
}

std::string mistake_in(std::string_view text) {
  const auto parsed = Expression::parse(text);
  if (parsed) return "none";
  const auto& detail = parsed.error().detail;
  return detail.substr(0, detail.find('\n'));
}

TEST(Expression, OperatorsHaveTheUsualPrecedence) {
  const std::pair<const char*, const char*> table[] = {
      {"1 + 2 * 3", "7"},
      {"1+2-1", "2"},
      {"1e+2-1E-1", "9.99E1"},
      {"(1 + 2) * 3", "9"},
      {"10 - 4 - 3", "3"},
      {"2 * 3 % 4", "2"},
      {"-2 * 3", "-6"},
      {"1 + 1 == 2 && !false", "true"},
      {"1 < 2 == true", "true"},
      {"false || true && false", "false"},
      {"null ?? 1 == 1", "true"},
      {"true ? 1 : false ? 2 : 3", "1"},
      {"false ? 1 : false ? 2 : 3", "3"},
      {"!true || true", "true"},
      {"2 in [1, 2] && 'k' in input.o", "true"},
  };
  for (const auto& [text, value] : table) EXPECT_EQ(value_of(text), value) << text;
}

TEST(Expression, NumbersAreExactAsLongAsTheyFit) {
  EXPECT_EQ(value_of("9223372036854775806 + 1"), "9223372036854775807");
  EXPECT_EQ(value_of("input.big == 9223372036854775806"), "false");
  EXPECT_EQ(value_of("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(value_of("input.big + 1"), "9.223372036854776E18");
  EXPECT_EQ(value_of("7 / 2"), "3.5E0");
  EXPECT_EQ(value_of("6 / 2"), "3");
  EXPECT_EQ(value_of("1 == 1.0"), "true");
  EXPECT_EQ(value_of("5.5 % 2"), "1.5E0");
  EXPECT_EQ(value_of("1 / 0"), "failed: 1 / 0: a division by zero");
  EXPECT_EQ(value_of("1e308 * 10"), "failed: 1e308 * 10: the result is too large for a number");
}

TEST(Expression, WhatIsNotThereIsNull) {
  EXPECT_EQ(value_of("input.nothing"), "null");
  EXPECT_EQ(value_of("input.nothing.more[3].deeper"), "null");
  EXPECT_EQ(value_of("input.list[9]"), "null");
  EXPECT_EQ(value_of("nodes.c.output"), "null");
  EXPECT_EQ(value_of("nodes.b.output.x"), "null");
  EXPECT_EQ(value_of("trigger"), "null");
  EXPECT_EQ(value_of("input.nothing ?? input.none ?? 'd'"), "\"d\"");
}

TEST(Expression, NamesStandForWhatTheScopeHas) {
  EXPECT_EQ(value_of("nodes.a.output.json.rows[0].id"), "7");
  EXPECT_EQ(value_of("nodes['a'].status"), "\"completed\"");
  EXPECT_EQ(value_of("nodes.b.error"), "\"no\"");
  EXPECT_EQ(value_of("nodes.a.error"), "null");
  EXPECT_EQ(value_of("item"), "\"blue\"");
  EXPECT_EQ(value_of("index + 1"), "5");
  EXPECT_EQ(value_of("execution.startTime"), "\"2023-11-14T22:13:20.000Z\"");
  EXPECT_EQ(value_of("execution.id"), "\"wf_exec_1\"");
  EXPECT_EQ(value_of("execution.attempt"), "2");
  EXPECT_EQ(value_of("workflow.name + workflow.id"), "\"Ww\"");
  EXPECT_EQ(value_of("workflow.version"), "5");
  EXPECT_EQ(value_of("input.o['a b']"), "1");
  EXPECT_EQ(value_of("input.rows[input.n - 2].id"), "2");
}

TEST(Expression, ASecretThatIsNotSetIsAnErrorAndNotEmpty) {
  EXPECT_EQ(value_of("secrets.TOKEN"), "\"s3cret\"");
  EXPECT_EQ(value_of("secrets.OTHER"), "failed: secrets.OTHER: this secret is not set");
}

TEST(Expression, NothingIsConvertedSilently) {
  const std::pair<const char*, const char*> table[] = {
      {"1 + 'a'", "failed: 'a': this is a string where a number is wanted"},
      {"'a' + 1", "failed: 1: this is a number where a string is wanted"},
      {"input.none && true", "failed: input.none: this is null where true or false is wanted"},
      {"input.s < 1", "failed: 1: this is a number where a string is wanted"},
      {"!1", "failed: 1: this is a number where true or false is wanted"},
      {"-input.s", "failed: input.s: this is a string where a number is wanted"},
      {"input.n.m", "failed: input.n: this is a number where an object is wanted"},
      {"input.list['a']", "failed: 'a': this is a string where an index is wanted"},
      {"input.list[0 - 1]", "failed: 0 - 1: an index is not negative"},
      {"[1] < [2]", "failed: [1]: this is an array where a number or a string is wanted"},
      {"'1' == 1", "false"},
      {"lower(1)", "failed: 1: this is a number where a string is wanted"},
  };
  for (const auto& [text, value] : table) EXPECT_EQ(value_of(text), value) << text;
}

TEST(Expression, WhatDecidesLeavesTheRestUnread) {
  EXPECT_EQ(value_of("true || 1 / 0 == 1"), "true");
  EXPECT_EQ(value_of("false && secrets.OTHER == ''"), "false");
  EXPECT_EQ(value_of("1 ?? 1 / 0"), "1");
  EXPECT_EQ(value_of("true ? 1 : 1 / 0"), "1");
}

TEST(Expression, FunctionsDoWhatTheirRowsSay) {
  const std::pair<const char*, const char*> table[] = {
      {"length(input.s)", "5"},
      {"length(input.list) + length(input.o)", "5"},
      {"contains('abc', 'bc')", "true"},
      {"contains(input.list, 2.0)", "true"},
      {"contains(input.rows, input.rows[1])", "true"},
      {"startsWith('abc', 'ab') && endsWith('abc', 'bc')", "true"},
      {"lower('AÄb') + upper('aäb')", "\"aÄbAäB\""},
      {"trim(' \\n a b\\t ')", "\"a b\""},
      {"split('a,b,,', ',')", R"(["a","b","",""])"},
      {"split('', ',')", R"([""])"},
      {"join([1, 'a', null, true], '-')", "\"1-a--true\""},
      {"join(['a', 'b'])", "\"a,b\""},
      {"replace('aXbXX', 'X', 'yy')", "\"ayybyyyy\""},
      {"keys(input.o)", R"(["k","a b"])"},
      {"values(input.o)", R"(["v",1])"},
      {"first(input.list)", "3"},
      {"last(input.s)", "\"e\""},
      {"first(input.empty)", "null"},
      {"slice(input.s, 2, 4)", "\"üß\""},
      {"slice(input.list, -2)", "[1,2]"},
      {"slice(input.list, 5)", "[]"},
      {"min(3, 1, 2) + max([3, 1, 2])", "4"},
      {"max(input.empty)", "null"},
      {"round(2.5) + round(-2.5)", "0"},
      {"round(2.345, 2)", "2.35E0"},
      {"floor(-2.5)", "-3"},
      {"abs(-3) + abs(2.5)", "5.5E0"},
      {"number('12') + number('1.5') + number(true)", "1.45E1"},
      {"string(1) + string(null) + string([1])", "\"1[1]\""},
      {"json({})", "no expression"},
      {"json(input.rows)", R"("[{\"id\":1},{\"id\":2}]")"},
      {"parseJson('{\"a\": [1]}').a[0]", "1"},
      {"default('', 'd') + default(null, 'e')", "\"de\""},
      {"format('{0} of {1}, {0} {{}}', 1, 'n')", "\"1 of n, 1 {}\""},
      {"format('{2}', 1)", "failed: format('{2}', 1): format: there is no argument for {2}"},
      {"split('a', '')", "failed: split('a', ''): split needs a separator that is not empty"},
      {"parseJson('{')", "failed: parseJson('{'): parseJson: this is no JSON: incomplete JSON"},
      {"parseJson('1e999')", "failed: parseJson('1e999'): parseJson: a number is too large"},
      {"number('a')", "failed: number('a'): number: this text is no number"},
  };
  for (const auto& [text, value] : table) {
    EXPECT_EQ(value_of(text).substr(0, std::string_view(value).size()), value) << text;
  }
}

TEST(Expression, EveryFunctionSurvivesEveryKindOfArgument) {
  const std::vector<std::string> arguments = {"null",         "true",  "1",        "-1",   "1.5",
                                              "1e300",        "''",    "'ü'",      "'{0'", "[]",
                                              "[1,'a',null]", "input", "input.big"};
  for (const auto& function : functions()) {
    for (const auto& a : arguments) {
      for (const auto& b : arguments) {
        for (const auto& c : arguments) {
          std::string text(function.name);
          text += "(" + a;
          if (function.arguments_min > 1 || function.arguments_max > 1) text += "," + b;
          if (function.arguments_min > 2 || function.arguments_max > 2) text += "," + c;
          ASSERT_FALSE(value_of(text + ")").starts_with("no expression")) << text;
          if (function.arguments_max < 3) break;
        }
        if (function.arguments_max < 2) break;
      }
    }
  }
}

TEST(Expression, AMistakeIsToldWithItsPlace) {
  const std::pair<const char*, const char*> table[] = {
      {"", "an expression is missing here at character 1"},
      {"1 +", "an expression is missing here at character 4"},
      {"1 2", "expected an operator or the end at character 3"},
      {"inptu.x", "there is no \"inptu\"; did you mean \"input\"? at character 1"},
      {"lenght(1)", "there is no function \"lenght\"; did you mean \"length\"? at character 1"},
      {"lower()", "lower takes 1 argument, not 0 at character 1"},
      {"round(1, 2, 3)", "round takes 1 or 2 arguments, not 3 at character 1"},
      {"format()", "format takes at least 1 argument, not 0 at character 1"},
      {"nodes.a.ouput",
       "nodes.a has output, status and error, but no \"ouput\"; did you mean \"output\"? at "
       "character 8"},
      {"nodes.a", "expected .a name behind nodes.a at character 8"},
      {"nodes", "expected .a node's id behind nodes at character 6"},
      {"execution.name",
       "execution has id, startTime and attempt, but no \"name\" at character 10"},
      {"'a", "this string has no end, or holds what JSON does not take at character 1"},
      {"(1", "expected an operator or ) at character 3"},
      {"[1, 2", "expected an operator, a comma or ] at character 6"},
      {"a ? b : c", "there is no \"a\" at character 1"},
      {"true ? 1", "expected : and what holds otherwise at character 9"},
      {"1e999", "this number is too large at character 1"},
      {"input.", "expected a name behind the dot at character 7"},
  };
  for (const auto& [text, message] : table) EXPECT_EQ(mistake_in(text), message) << text;
}

TEST(Expression, ItsNestingLengthAndTermsAreBounded) {
  const auto repeated = [](std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_EQ(mistake_in(repeated("(", 20) + "1" + repeated(")", 20)), "none");
  EXPECT_TRUE(mistake_in(repeated("(", 40) + "1" + repeated(")", 40)).starts_with("more than 32"));
  EXPECT_TRUE(mistake_in(repeated("!", 10'000) + "true").starts_with("more than 32"));
  EXPECT_TRUE(mistake_in(repeated("[", 10'000)).starts_with("more than 32"));
  EXPECT_TRUE(mistake_in("1" + repeated("+1", 1'000)).starts_with("an expression has at most 512"));
  EXPECT_TRUE(mistake_in("input" + repeated(".a", 1'000)).starts_with("an expression has at most"));
  EXPECT_TRUE(
      mistake_in("'" + repeated("a", 5'000) + "'").starts_with("an expression has at most 4096"));
}

TEST(Expression, WhatItMakesIsBounded) {
  World world;
  std::string big(1 << 20, 'x');
  world.input = json::object{{"s", big}};
  for (const auto& each : std::vector<std::string>{
           "replace(input.s, 'x', 'xxxxxxxxxxxxxxxx')", "[input,input,input,input,input]",
           "join([input.s,input.s,input.s,input.s,input.s])", "split(input.s, 'x')",
           "format('{0}{0}{0}{0}{0}', input.s)", "input.s + input.s + input.s + input.s"}) {
    const auto value = Expression::parse(each)->evaluate(world.scope());
    ASSERT_FALSE(value) << each;
    EXPECT_NE(value.error().detail.find("take more than 4194304 bytes"), std::string::npos) << each;
  }
}

TEST(Expression, AConditionIsTrueOrFalseAndNothingElse) {
  const World world;
  EXPECT_TRUE(*holds(*Expression::parse("input.n > 2"), world.scope()));
  EXPECT_FALSE(*holds(*Expression::parse("input.n > 3"), world.scope()));
  EXPECT_EQ(holds(*Expression::parse("input.n"), world.scope()).error().detail,
            "input.n: a condition is true or false, and this is a number");
}

Template compiled(std::string_view source) {
  Report report;
  auto made = Template::compile(json::parse(source), "", report);
  EXPECT_TRUE(report.empty()) << source;
  return made;
}

TEST(Template, AStringThatIsOneExpressionHasItsType) {
  const World world;
  const auto value = resolve(
      compiled(R"({"a":"${{ input.list }}","b":["${{ input.n }} of ${{ input.none }}!"],"c":1,
                   "d":"{{ plain }}","e":"${{ '}}' }}"})"),
      world.scope());
  ASSERT_TRUE(value);
  EXPECT_EQ(json::serialize(*value),
            R"({"a":[3,1,2],"b":["3 of !"],"c":1,"d":"{{ plain }}","e":"}}"})");
}

TEST(Template, WhatFailsIsToldWithItsPlace) {
  const World world;
  const auto value = resolve(compiled(R"({"a":{"b":["x","${{ 1 / 0 }}"]}})"), world.scope());
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().detail, "a/b/1: 1 / 0: a division by zero");
}

TEST(Template, AMistakeLeavesTheStringAsItIs) {
  Report report;
  const auto made =
      Template::compile(json::parse(R"({"a":"${{ nope }}","b":"${{ 1 + 1 }}"})"), "/with", report);
  const auto problems = report.take(10);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problem_text(problems[0]), "/with/a: there is no \"nope\"");
  EXPECT_EQ(json::serialize(*resolve(made, {})), R"({"a":"${{ nope }}","b":2})");
}

TEST(Template, SeveralExpressionsShareOneBudget) {
  World world;
  world.input = json::object{{"s", std::string(3 << 20, 'x')}};
  EXPECT_TRUE(resolve(compiled(R"(["${{ input.s }}"])"), world.scope()));
  EXPECT_FALSE(resolve(compiled(R"(["${{ input.s }}","${{ input.s }}"])"), world.scope()));
}

}  // namespace
}  // namespace weir::apps::workflow
