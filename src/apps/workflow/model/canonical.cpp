#include "apps/workflow/model/canonical.hpp"

#include <algorithm>
#include <string_view>

#include "apps/workflow/model/json_members.hpp"
#include "apps/workflow/model/schema.hpp"
#include "apps/workflow/model/schema_check.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

class Ordering {
 public:
  // As deep as the document is nested.
  json::value ordered(const json::value& value, const json::value& schema) {
    const auto* rules = schema.if_object();
    if (rules == nullptr) return value;
    if (const auto reference = text_member(*rules, "$ref"); !reference.empty()) {
      const auto* target = find_reference(root_, reference);
      return target == nullptr ? value : ordered(value, *target);
    }
    if (const auto* items = member(*rules, "items"); items != nullptr && value.is_array()) {
      json::array made;
      for (const auto& each : value.get_array()) made.push_back(ordered(each, *items));
      return made;
    }
    if (value.is_object()) return members(value.get_object(), *rules);
    return value;
  }

 private:
  json::object members(const json::object& object, const json::object& rules) {
    json::object made = object;
    if (const auto* properties = object_member(rules, "properties")) {
      // A schema that lists only some says nothing about the order.
      const bool all = std::all_of(object.begin(), object.end(), [&](const auto& each) {
        return properties->contains(each.key());
      });
      if (all) made.clear();
      for (const auto& property : *properties) {
        if (const auto* value = object.if_contains(property.key())) {
          made[property.key()] = ordered(*value, property.value());
        }
      }
    }
    const auto* forms = array_member(rules, "allOf");
    if (forms == nullptr) return made;
    for (const auto& form : *forms) {
      if (applies(form, object)) made = ordered(made, form.at("then")).as_object();
    }
    return made;
  }

  /// Whether the form is that of the object's `type`.
  static bool applies(const json::value& form, const json::object& object) {
    boost::system::error_code none;
    const auto* type = form.find_pointer("/if/properties/type/const", none);
    return type != nullptr && type->is_string() &&
           view(type->get_string()) == text_member(object, "type");
  }

  const json::value root_ = definition_schema();
};

}  // namespace

json::object canonical_document(const json::object& document) {
  Ordering ordering;
  return ordering.ordered(document, json::value(definition_schema())).as_object();
}

}  // namespace weir::apps::workflow
