#include "apps/workflow/model/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apps/workflow/model/canonical.hpp"
#include "apps/workflow/model/definition_reader.hpp"
#include "apps/workflow/model/expression_check.hpp"
#include "apps/workflow/model/graph.hpp"
#include "apps/workflow/model/report.hpp"
#include "apps/workflow/model/schema.hpp"
#include "apps/workflow/model/schema_check.hpp"
#include "apps/workflow/model/source_document.hpp"
#include "apps/workflow/model/yaml_writer.hpp"
#include "base/ascii.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

/// What the schema says, where strings with expressions have the types that were found.
void check_structure(const SourceDocument& document, const base::StringMap<Types>& types,
                     Report& report) {
  static const json::value schema = definition_schema();
  const auto type_of_string = [&](std::string_view pointer) -> std::optional<Types> {
    const auto found = types.find(pointer);
    if (found == types.end()) return std::nullopt;
    return found->second;
  };
  SchemaCheck(schema, type_of_string).check(schema, document.value, "", report);
}

}  // namespace

Parsed parse_definition(std::string_view text, Format format) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  Parsed parsed;
  if (text.size() > kDefinitionBytesMax) {
    parsed.problems.push_back(
        {"", 1, 1, fmt::format("a definition has at most {} bytes", kDefinitionBytesMax)});
    return parsed;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const auto document =
      format == Format::kJson ? read_json(text, parsed.problems) : read_yaml(text, parsed.problems);
  if (!document) return parsed;
  Report report(&*document);
  ReadDefinition read = read_definition(*document, report);
  const Graph graph = Graph::make(read.definition, read.edge_pointers, report);
  check_structure(*document, check_expressions(read, graph, report), report);
  parsed.problems = report.take(kProblemsMax);
  if (!parsed.problems.empty()) return parsed;
  read.definition.document = canonical_document(document->value.get_object());
  parsed.definition = std::move(read.definition);
  return parsed;
}

Format format_of_file(std::string_view name) {
  const auto ends = [&](std::string_view ending) {
    return name.size() >= ending.size() &&
           base::equal_ignoring_case(name.substr(name.size() - ending.size()), ending);
  };
  return ends(".yaml") || ends(".yml") ? Format::kYaml : Format::kJson;
}

Format format_of_type(std::string_view content_type) {
  const auto type = base::trim(content_type.substr(0, content_type.find(';')));
  for (const std::string_view each :
       {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"}) {
    if (base::equal_ignoring_case(type, each)) return Format::kYaml;
  }
  return Format::kJson;
}

json::value to_json(const Definition& definition) { return definition.document; }

std::string to_yaml(const Definition& definition) { return yaml_text(definition.document); }

}  // namespace weir::apps::workflow
