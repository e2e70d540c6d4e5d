#include "apps/workflow/model/schema.hpp"

#include <gtest/gtest.h>

#include <string>

#include "apps/workflow/model/report.hpp"
#include "apps/workflow/model/schema_check.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

std::string text_of(const Problems& problems) {
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "; ") + problem_text(problem);
  return text;
}

std::string refusal(std::string_view schema, std::string_view value) {
  const auto parsed = json::parse(schema);
  EXPECT_EQ(text_of(check_schema(parsed)), "") << schema;
  return text_of(validate_input(parsed, json::parse(value)));
}

TEST(Schema, EachKeywordAllowsAndRefuses) {
  struct Row {
    const char* schema;
    const char* good;
    const char* bad;
    const char* why;
  };
  const Row rows[] = {
      {R"({"type":"string"})", R"("a")", "1", "this is a number where a string is wanted"},
      {R"({"type":["string","null"]})", "null", "[]",
       "this is an array where a string or null is wanted"},
      {R"({"type":"integer"})", "2.0", "2.5", "2.5E0 is no whole number"},
      {R"({"enum":["red","green"]})", R"("red")", R"("gren")",
       R"("gren" is not "red" or "green"; did you mean "green"?)"},
      {R"({"const":1})", "1.0", "2", "2 is not 1"},
      {R"({"minLength":2})", R"("üü")", R"("ü")", "shorter than 2 characters"},
      {R"({"minLength":1})", R"("a")", R"("")", "this is empty"},
      {R"({"maxLength":2})", R"("ab")", R"("abc")", "longer than 2 characters"},
      {R"({"pattern":"^a+$"})", R"("aa")", R"("ab")", R"("ab" does not match the pattern ^a+$)"},
      {R"({"minimum":1})", "1", "0.5", "5E-1 is not at least 1"},
      {R"({"maximum":1})", "1", "2", "2 is not at most 1"},
      {R"({"exclusiveMinimum":1})", "2", "1", "1 is not more than 1"},
      {R"({"exclusiveMaximum":1})", "0", "1", "1 is not less than 1"},
      {R"({"multipleOf":0.1})", "0.3", "0.35", "3.5E-1 is no multiple of 1E-1"},
      {R"({"minItems":1})", "[1]", "[]", "fewer than 1 items"},
      {R"({"maxItems":1})", "[1]", "[1,2]", "more than 1 items"},
      {R"({"uniqueItems":true})", "[1,2]", "[1,2,1.0]", "/2: the same as item 0"},
      {R"({"items":{"type":"number"}})", "[1]", R"([1,"a"])",
       "/1: this is a string where a number is wanted"},
      {R"({"required":["a"]})", R"({"a":1})", "{}", R"("a" is missing)"},
      {R"({"properties":{"a":{"type":"null"}}})", R"({"a":null,"b":1})", R"({"a":1})",
       "/a: this is a number where null is wanted"},
      {R"({"properties":{"name":{}},"additionalProperties":false})", R"({"name":1})",
       R"({"nmae":1})", R"(/nmae: there is no "nmae" here; did you mean "name"?)"},
      {R"({"additionalProperties":{"type":"string"}})", R"({"a":"b"})", R"({"a/b":1})",
       "/a~1b: this is a number where a string is wanted"},
      {R"({"minProperties":1,"maxProperties":1})", R"({"a":1})", "{}", "fewer than 1 members"},
      {R"({"allOf":[{"minimum":1},{"maximum":2}]})", "1", "3", "3 is not at most 2"},
      {R"({"anyOf":[{"type":"string"},{"minimum":5}]})", "7", "1",
       "this is a number where a string is wanted"},
      {R"({"oneOf":[{"minimum":1},{"maximum":5}]})", "7", "3", "2 alternatives fit where one must"},
      {R"({"oneOf":[{"required":["a"]},{"required":["b"]}]})", R"({"a":1})", "{}",
       R"("a" or "b" is wanted)"},
      {R"({"not":{"required":["a","b"]}})", R"({"a":1})", R"({"a":1,"b":1})",
       R"("a" and "b" cannot be given together)"},
      {R"({"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]},"else":{"required":["c"]}})",
       R"({"a":1,"b":1})", R"({"a":2})", R"("c" is missing)"},
      {R"({"$ref":"#/$defs/x","$defs":{"x":{"type":"boolean"}}})", "true", "1",
       "this is a number where true or false is wanted"},
      {R"({"format":"date"})", R"("2024-02-29")", R"("2023-02-29")",
       R"("2023-02-29" is no date such as 2024-05-01)"},
      {R"({"format":"date-time"})", R"("2024-02-29T10:00:00Z")", R"("10:00")",
       R"("10:00" is no date-time of RFC 3339)"},
      {R"({"format":"time"})", R"("10:00:00")", R"("25:00:00")",
       R"("25:00:00" is no time such as 12:30:00)"},
      {R"({"format":"email"})", R"("a@b")", R"("a b@c")", R"("a b@c" is no address of mail)"},
      {R"({"format":"uri"})", R"("http://a/b")", R"("a/b")", R"("a/b" is no URI)"},
      {R"({"format":"weir-duration"})", R"("5m")", R"("5 parsecs")",
       R"("5 parsecs" needs one of the units ms, s, m, h, d)"},
      {"true", "1", "", ""},
      {"false", "", "1", "the schema allows nothing here"},
  };
  for (const auto& row : rows) {
    if (*row.good != '\0') {
      EXPECT_EQ(refusal(row.schema, row.good), "") << row.schema;
    }
    if (*row.bad != '\0') {
      EXPECT_EQ(refusal(row.schema, row.bad), row.why) << row.schema;
    }
  }
}

TEST(Schema, WhatNobodyChecksIsRefusedRatherThanIgnored) {
  const auto problems = [](std::string_view schema) {
    return text_of(check_schema(json::parse(schema)));
  };
  EXPECT_EQ(problems(R"({"minimun":1})"),
            R"(/minimun: "minimun" is no keyword that is known here; did you mean "minimum"?)");
  EXPECT_EQ(problems(R"({"type":"text"})"),
            "/type: this is one of array, boolean, integer, null, number, object and string, or a "
            "list of them");
  EXPECT_EQ(problems(R"({"minLength":-1})"),
            "/minLength: this is a whole number that is not negative");
  EXPECT_EQ(problems(R"({"multipleOf":0})"), "/multipleOf: this is a number above 0");
  EXPECT_EQ(problems(R"({"required":"a"})"), "/required: this is a list of names");
  EXPECT_EQ(problems(R"({"properties":{"a":1}})"),
            "/properties/a: a schema is an object, true or false");
  EXPECT_EQ(problems(R"({"items":{"anyOf":[]}})"),
            "/items/anyOf: this is a list of schemas that is not empty");
  EXPECT_EQ(problems(R"({"$ref":"https://example.com/a"})"),
            R"(/$ref: a reference leads into this schema: "#/$defs/…")");
  EXPECT_EQ(problems(R"({"$ref":"#/$defs/a"})"), "/$ref: there is no schema at #/$defs/a");
  EXPECT_TRUE(problems(R"x({"pattern":"(a)\\1"})x").starts_with("/pattern: this is no pattern"));
  EXPECT_TRUE(problems(R"x({"pattern":"(?=a)"})x").starts_with("/pattern: this is no pattern"));
  EXPECT_EQ(problems("1"), "a schema is an object, true or false");
}

TEST(Schema, AHostileSchemaEndsWithAProblem) {
  // A reference to itself; 2 to the power of 100 alternatives; a pattern that makes others
  // backtrack.
  EXPECT_EQ(refusal(R"({"$ref":"#"})", "1"), "the schema refers to itself without end");
  std::string schema = R"({"$ref":"#/$defs/d99","$defs":{"d0":{"type":"string"})";
  for (int i = 1; i < 100; ++i) {
    const std::string before = "#/$defs/d" + std::to_string(i - 1);
    schema += ",\"d" + std::to_string(i) + R"(":{"anyOf":[{"$ref":")" + before + R"("},{"$ref":")" +
              before + "\"}]}";
  }
  schema += "}}";
  EXPECT_NE(refusal(schema, "1"), "");
  EXPECT_NE(refusal(R"x({"pattern":"^(a|a|aa)*(a*)*$"})x", "\"" + std::string(50'000, 'a') + "!\""),
            "");
  std::string many = "[1";
  for (int i = 2; i < 5'000; ++i) many += "," + std::to_string(i);
  // A hundred million pairs would be compared.
  EXPECT_EQ(refusal(R"({"uniqueItems":true,"items":{"type":"integer"}})", many + "]"),
            "the schema takes too long to check");
}

TEST(Schema, DefaultsFillInWhatIsMissing) {
  const auto schema =
      json::parse(R"({"properties":{"a":{"default":1},"b":{"properties":{"c":{"default":[2]}}},
      "d":{"default":{},"properties":{"e":{"default":3}}}}})");
  const auto filled = [&](std::string_view input) {
    return json::serialize(with_defaults(schema, json::parse(input)));
  };
  EXPECT_EQ(filled("null"), R"({"a":1,"d":{"e":3}})");
  EXPECT_EQ(filled(R"({"a":null,"b":{}})"), R"({"a":null,"b":{"c":[2]},"d":{"e":3}})");
  EXPECT_EQ(filled("[1]"), "[1]");
  EXPECT_EQ(json::serialize(with_defaults(nullptr, nullptr)), "null");
  EXPECT_EQ(json::serialize(with_defaults(json::parse(R"({"type":"object"})"), nullptr)), "null");
}

TEST(Schema, TheSchemaOfDefinitionsIsOneThatIsUnderstood) {
  EXPECT_EQ(text_of(check_schema(definition_schema())), "");
  for (const auto& kind : node_kinds()) {
    EXPECT_EQ(text_of(check_schema(kind.output)), "") << kind.name;
    EXPECT_FALSE(kind.description.empty());
    EXPECT_EQ(node_kind(kind.name), kind.kind);
  }
}

TEST(Schema, AResolvedWithIsHeldAgainstItsKind) {
  const auto with = [](NodeKind kind, std::string_view text) {
    return text_of(validate_with(kind, json::parse(text)));
  };
  EXPECT_EQ(with(NodeKind::kHttp, R"({"url":"http://a","method":"GET"})"), "");
  EXPECT_EQ(with(NodeKind::kHttp, R"({"url":null})"),
            "/url: this is null where a string is wanted");
  EXPECT_EQ(with(NodeKind::kHttp, R"({"url":"a","body":"b","json":1})"),
            R"("body" and "json" cannot be given together)");
  EXPECT_EQ(with(NodeKind::kShell, "{}"), R"("command" or "script" is wanted)");
  EXPECT_EQ(with(NodeKind::kShell, R"({"command":"a","script":"b"})"),
            R"("command" or "script", but only one, is wanted)");
  EXPECT_EQ(with(NodeKind::kDelay, R"({"duration":"1 week"})"),
            R"(/duration: "1 week" needs one of the units ms, s, m, h, d)");
  EXPECT_EQ(with(NodeKind::kTask, R"({"action":"progress"})"), R"("id" is missing)");
}

}  // namespace
}  // namespace weir::apps::workflow
