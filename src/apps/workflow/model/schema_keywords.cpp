#include "apps/workflow/model/schema_keywords.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "apps/workflow/model/numbers.hpp"
#include "apps/workflow/model/schema_check.hpp"
#include "apps/workflow/model/schema_pattern.hpp"
#include "base/nearest.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

/// What the value of a keyword is.
enum class Operand : std::uint8_t {
  kAny,
  kText,
  kFlag,
  kNumber,
  kPositive,
  kCount,
  kTypes,
  kNames,
  kValues,
  kSchema,
  kSchemas,
  kNamedSchemas,
  kReference,
  kPattern,
};

struct Keyword {
  std::string_view name;
  Operand operand;
};

// docs/workflow-definitions.md#input lists them; a test compares.
constexpr std::array kKeywords = {
    Keyword{"$comment", Operand::kText},
    Keyword{"$defs", Operand::kNamedSchemas},
    Keyword{"$ref", Operand::kReference},
    Keyword{"$schema", Operand::kText},
    Keyword{"additionalProperties", Operand::kSchema},
    Keyword{"allOf", Operand::kSchemas},
    Keyword{"anyOf", Operand::kSchemas},
    Keyword{"const", Operand::kAny},
    Keyword{"default", Operand::kAny},
    Keyword{"description", Operand::kText},
    Keyword{"else", Operand::kSchema},
    Keyword{"enum", Operand::kValues},
    Keyword{"examples", Operand::kValues},
    Keyword{"exclusiveMaximum", Operand::kNumber},
    Keyword{"exclusiveMinimum", Operand::kNumber},
    Keyword{"format", Operand::kText},
    Keyword{"if", Operand::kSchema},
    Keyword{"items", Operand::kSchema},
    Keyword{"maxItems", Operand::kCount},
    Keyword{"maxLength", Operand::kCount},
    Keyword{"maxProperties", Operand::kCount},
    Keyword{"maximum", Operand::kNumber},
    Keyword{"minItems", Operand::kCount},
    Keyword{"minLength", Operand::kCount},
    Keyword{"minProperties", Operand::kCount},
    Keyword{"minimum", Operand::kNumber},
    Keyword{"multipleOf", Operand::kPositive},
    Keyword{"not", Operand::kSchema},
    Keyword{"oneOf", Operand::kSchemas},
    Keyword{"pattern", Operand::kPattern},
    Keyword{"properties", Operand::kNamedSchemas},
    Keyword{"required", Operand::kNames},
    Keyword{"then", Operand::kSchema},
    Keyword{"title", Operand::kText},
    Keyword{"type", Operand::kTypes},
    Keyword{"uniqueItems", Operand::kFlag},
    Keyword{"writeOnly", Operand::kFlag},
};

constexpr std::array<std::string_view, 7> kTypeNames = {"array",  "boolean", "integer", "null",
                                                        "number", "object",  "string"};

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

class KeywordCheck {
 public:
  KeywordCheck(const json::value& root, Report& report) : root_(root), report_(report) {}

  // As deep as the document is nested.
  void schema(const json::value& schema, const std::string& pointer) {
    if (schema.is_bool()) return;
    const auto* object = schema.if_object();
    if (object == nullptr) return report_.value(pointer, "a schema is an object, true or false");
    for (const auto& each : *object) {
      const std::string_view name(each.key().data(), each.key().size());
      const std::string inner = pointer_step(pointer, name);
      const auto* keyword = std::find_if(kKeywords.begin(), kKeywords.end(),
                                         [&](const auto& known) { return known.name == name; });
      if (keyword == kKeywords.end()) {
        report_.name(inner, fmt::format("\"{}\" is no keyword that is known here{}", name,
                                        base::did_you_mean(name, keyword_names())));
        continue;
      }
      operand(keyword->operand, each.value(), inner);
    }
  }

 private:
  static const std::vector<std::string>& keyword_names() {
    static const std::vector<std::string> names = [] {
      std::vector<std::string> all;
      for (const auto& each : kKeywords) all.emplace_back(each.name);
      return all;
    }();
    return names;
  }

  void wants(bool good, const std::string& pointer, std::string_view what) {
    if (!good) report_.value(pointer, fmt::format("this is {}", what));
  }

  void operand(Operand kind, const json::value& value, const std::string& pointer) {
    switch (kind) {
      case Operand::kAny:
        return;
      case Operand::kText:
        return wants(value.is_string(), pointer, "a string");
      case Operand::kFlag:
        return wants(value.is_bool(), pointer, "true or false");
      case Operand::kNumber:
        return wants(value.is_number(), pointer, "a number");
      case Operand::kPositive:
        return wants(value.is_number() && as_double(value) > 0, pointer, "a number above 0");
      case Operand::kCount:
        return wants(value.is_number() && as_integer(value).value_or(-1) >= 0, pointer,
                     "a whole number that is not negative");
      case Operand::kTypes:
        return types(value, pointer);
      case Operand::kNames:
        return wants(
            value.is_array() && std::all_of(value.get_array().begin(), value.get_array().end(),
                                            [](const auto& each) { return each.is_string(); }),
            pointer, "a list of names");
      case Operand::kValues:
        return wants(value.is_array() && !value.get_array().empty(), pointer,
                     "a list of values that is not empty");
      case Operand::kSchema:
        return schema(value, pointer);
      case Operand::kSchemas:
        return schemas(value, pointer);
      case Operand::kNamedSchemas:
        return named_schemas(value, pointer);
      case Operand::kReference:
        return reference(value, pointer);
      case Operand::kPattern:
        return pattern(value, pointer);
    }
  }

  void types(const json::value& value, const std::string& pointer) {
    const auto is_type = [](const json::value& each) {
      return each.is_string() && std::find(kTypeNames.begin(), kTypeNames.end(),
                                           view(each.get_string())) != kTypeNames.end();
    };
    const auto* list = value.if_array();
    const bool good = list == nullptr
                          ? is_type(value)
                          : !list->empty() && std::all_of(list->begin(), list->end(), is_type);
    wants(good, pointer,
          "one of array, boolean, integer, null, number, object and string, or a list of them");
  }

  void schemas(const json::value& value, const std::string& pointer) {
    const auto* list = value.if_array();
    if (list == nullptr || list->empty()) {
      return report_.value(pointer, "this is a list of schemas that is not empty");
    }
    for (std::size_t i = 0; i < list->size(); ++i) schema((*list)[i], pointer_step(pointer, i));
  }

  void named_schemas(const json::value& value, const std::string& pointer) {
    const auto* object = value.if_object();
    if (object == nullptr) return report_.value(pointer, "this is an object of schemas");
    for (const auto& each : *object) {
      schema(each.value(),
             pointer_step(pointer, std::string_view(each.key().data(), each.key().size())));
    }
  }

  void reference(const json::value& value, const std::string& pointer) {
    const auto* text = value.if_string();
    if (text == nullptr || !text->starts_with("#")) {
      return report_.value(pointer, "a reference leads into this schema: \"#/$defs/…\"");
    }
    const auto* target = find_reference(root_, view(*text));
    if (target == nullptr || (!target->is_object() && !target->is_bool())) {
      report_.value(pointer, fmt::format("there is no schema at {}", view(*text)));
    }
  }

  void pattern(const json::value& value, const std::string& pointer) {
    const auto* text = value.if_string();
    if (text == nullptr) return report_.value(pointer, "this is a string");
    if (auto problem = pattern_problem(view(*text)); !problem.empty()) {
      report_.value(pointer, std::move(problem));
    }
  }

  const json::value& root_;
  Report& report_;
};

}  // namespace

void check_keywords(const json::value& schema, const std::string& pointer, Report& report) {
  KeywordCheck(schema, report).schema(schema, pointer);
}

}  // namespace weir::apps::workflow
