#include "apps/workflow/model/schema.hpp"

#include <fmt/format.h>

#include "apps/workflow/model/definition_schema_text.hpp"
#include "apps/workflow/model/parse.hpp"
#include "apps/workflow/model/schema_check.hpp"
#include "apps/workflow/model/schema_keywords.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

std::string with_name(NodeKind kind) { return fmt::format("with-{}", name_of(kind)); }

json::value made_definition_schema() {
  json::value schema = json::parse(kDefinitionSchemaText);
  auto& definitions = schema.at("$defs").as_object();
  for (const auto* each : {"node", "child"}) {
    auto& node = definitions.at(each).as_object();
    auto& types = node.at("properties").at("type").at("enum").as_array();
    json::array forms;
    for (const auto& kind : node_kinds()) {
      if (std::string_view(each) == "child" && !may_be_child(kind.kind)) continue;
      const json::string name(kind.name.data(), kind.name.size());
      types.emplace_back(name);
      forms.push_back(json::object{
          {"if", {{"properties", {{"type", {{"const", name}}}}}}},
          {"then", {{"properties", {{"with", {{"$ref", "#/$defs/" + with_name(kind.kind)}}}}}}}});
    }
    node.emplace("allOf", std::move(forms));
  }
  for (const auto& kind : node_kinds()) definitions.emplace(with_name(kind.kind), kind.with);
  return schema;
}

const json::value& definition_schema_value() {
  static const json::value made = made_definition_schema();
  return made;
}

/// Fills in what `schema` gives for members that an object lacks, as deep as its properties go.
void fill(const json::value& schema, json::value& value, std::size_t depth) {
  const auto* object = schema.if_object();
  const auto* properties = object == nullptr ? nullptr : object->if_contains("properties");
  if (properties == nullptr || !properties->is_object() || !value.is_object()) return;
  if (depth == 0) return;
  auto& members = value.get_object();
  for (const auto& each : properties->get_object()) {
    if (!each.value().is_object()) continue;
    const auto* given = each.value().get_object().if_contains("default");
    if (given != nullptr && !members.contains(each.key())) members[each.key()] = *given;
    if (auto* inner = members.if_contains(each.key())) fill(each.value(), *inner, depth - 1);
  }
}

}  // namespace

const json::object& definition_schema() { return definition_schema_value().get_object(); }

Problems check_schema(const json::value& schema) {
  Report report;
  check_keywords(schema, "", report);
  return report.take(kProblemsMax);
}

Problems validate_input(const json::value& schema, const json::value& value) {
  if (schema.is_null()) return {};
  Report report;
  SchemaCheck(schema).check(schema, value, "", report);
  return report.take(kProblemsMax);
}

json::value with_defaults(const json::value& schema, json::value input) {
  if (input.is_null()) {
    json::value empty = json::object();
    fill(schema, empty, kDocumentDepthMax);
    if (!empty.get_object().empty()) return empty;
  }
  fill(schema, input, kDocumentDepthMax);
  return input;
}

Problems validate_with(NodeKind kind, const json::value& with) {
  Report report;
  const auto& root = definition_schema_value();
  SchemaCheck(root).check(root.at("$defs").at(with_name(kind)), with, "", report);
  return report.take(kProblemsMax);
}

}  // namespace weir::apps::workflow
