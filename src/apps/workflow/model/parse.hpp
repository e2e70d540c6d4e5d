#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/workflow/model/definition.hpp"
#include "apps/workflow/model/problem.hpp"

namespace weir::apps::workflow {

enum class Format : std::uint8_t { kJson, kYaml };

struct Parsed {
  std::optional<Definition> definition;  ///< Only if there is no problem.
  Problems problems;                     ///< In the order of the text; kProblemsMax at most.
};

inline constexpr std::size_t kProblemsMax = 100;

/// Reads a definition and holds it against everything that can be known before it runs: the schema,
/// its graph, the names and types of its expressions, its schedules, topics and filters. Every
/// problem has its line and column. Bounded in time and memory by kDefinitionBytesMax, whatever the
/// text is: aliases of YAML count with what they stand for.
Parsed parse_definition(std::string_view text, Format format);

/// By the ending of a file's name, `.yaml` or `.yml`; JSON otherwise.
Format format_of_file(std::string_view name);
/// By a Content-Type: `application/yaml`, `application/x-yaml`, `text/yaml`, `text/x-yaml`; JSON
/// otherwise.
Format format_of_type(std::string_view content_type);

/// The definition as it is served and stored. `parse_definition` of its text gives an equal one.
boost::json::value to_json(const Definition& definition);
/// The same as YAML, in block style.
std::string to_yaml(const Definition& definition);

}  // namespace weir::apps::workflow
