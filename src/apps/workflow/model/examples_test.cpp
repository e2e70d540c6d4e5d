#include "apps/workflow/model/examples.hpp"

#include <gtest/gtest.h>

#include <string>

#include "apps/workflow/model/parse.hpp"
#include "apps/workflow/model/schema.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

std::string text_of(const Problems& problems) {
  std::string text;
  for (const auto& problem : problems) text += problem_text(problem) + "\n";
  return text;
}

TEST(Export, WhatIsExportedIsReadBackAsTheSame) {
  for (const auto& example : examples()) {
    const auto parsed = parse_definition(example.yaml, Format::kYaml);
    ASSERT_TRUE(parsed.definition) << example.id << "\n" << text_of(parsed.problems);
    const auto as_json = json::serialize(to_json(*parsed.definition));
    const auto from_json = parse_definition(as_json, Format::kJson);
    ASSERT_TRUE(from_json.definition) << text_of(from_json.problems);
    EXPECT_EQ(json::serialize(to_json(*from_json.definition)), as_json);
    const auto as_yaml = to_yaml(*parsed.definition);
    const auto from_yaml = parse_definition(as_yaml, Format::kYaml);
    ASSERT_TRUE(from_yaml.definition) << as_yaml << text_of(from_yaml.problems);
    EXPECT_EQ(json::serialize(to_json(*from_yaml.definition)), as_json) << as_yaml;
  }
}

TEST(Export, MembersAreExportedInTheSchemasOrder) {
  const auto parsed = parse_definition(
      R"({"edges":[],"nodes":[{"with":{"headers":{"b":"1","a":"2"},"url":"u","method":"GET"},"type":"http",
          "retry":{"backoff":"1s","attempts":2},"id":"a"}],
          "triggers":[{"schedule":"@daily","type":"cron"}],"id":"w"})",
      Format::kJson);
  ASSERT_TRUE(parsed.definition) << text_of(parsed.problems);
  EXPECT_EQ(
      json::serialize(to_json(*parsed.definition)),
      R"({"id":"w","triggers":[{"type":"cron","schedule":"@daily"}],"nodes":[{"id":"a","type":"http",)"
      R"("with":{"method":"GET","url":"u","headers":{"b":"1","a":"2"}},"retry":{"attempts":2,)"
      R"("backoff":"1s"}}],"edges":[]})");
}

TEST(Examples, EveryExampleIsGoodAndRunsWithoutAnInput) {
  EXPECT_GE(examples().size(), 12U);
  for (const auto& example : examples()) {
    const auto parsed = parse_definition(example.yaml, Format::kYaml);
    ASSERT_TRUE(parsed.definition) << example.id << "\n" << text_of(parsed.problems);
    EXPECT_EQ(parsed.definition->id, example.id);
    EXPECT_FALSE(parsed.definition->description.empty()) << example.id;
    const auto& schema = parsed.definition->input_schema;
    const bool asks = schema.is_object() && schema.get_object().contains("required");
    if (asks) continue;
    const auto problems = validate_input(schema, with_defaults(schema, json::object()));
    EXPECT_EQ(text_of(problems), "") << example.id;
  }
}

}  // namespace
}  // namespace weir::apps::workflow
