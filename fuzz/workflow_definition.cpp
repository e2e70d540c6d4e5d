// Definitions of workflows: the input is JSON if it begins with a brace, and YAML otherwise.

#include <boost/json.hpp>
#include <string>

#include "apps/workflow/model/parse.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"

namespace {

using weir::apps::workflow::Format;
using weir::apps::workflow::parse_definition;
using weir::apps::workflow::to_json;
using weir::apps::workflow::to_yaml;

std::string canonical(const weir::apps::workflow::Definition& definition) {
  return boost::json::serialize(to_json(definition));
}

void check_round_trip(const std::string& text, Format format, const std::string& wanted) {
  // What is written out may be longer than what may be read.
  if (text.size() > weir::apps::workflow::kDefinitionBytesMax) return;
  const auto again = parse_definition(text, format);
  WEIR_CHECK(again.definition.has_value(), "what is exported is good");
  WEIR_CHECK(canonical(*again.definition) == wanted, "what is exported is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = weir::fuzz::as_text(data, size);
  const auto parsed = parse_definition(text, text.starts_with('{') ? Format::kJson : Format::kYaml);
  WEIR_CHECK(parsed.definition.has_value() == parsed.problems.empty(), "a refusal has a reason");
  for (const auto& problem : parsed.problems) {
    WEIR_CHECK(problem.line > 0 && problem.column > 0, "a problem has a place");
    WEIR_CHECK(!problem.message.empty(), "a problem has a message");
  }
  if (!parsed.definition) return 0;
  const auto json = canonical(*parsed.definition);
  check_round_trip(json, Format::kJson, json);
  check_round_trip(to_yaml(*parsed.definition), Format::kYaml, json);
  return 0;
}
