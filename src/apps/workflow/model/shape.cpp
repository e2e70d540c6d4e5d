#include "apps/workflow/model/shape.hpp"

#include <string_view>
#include <utility>

#include "apps/workflow/model/schema_check.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

bool is_false(const json::value* value) {
  return value != nullptr && value->is_bool() && !value->get_bool();
}

}  // namespace

Shape Shape::object(Members members) {
  return {.types = kObjectType,
          .members = std::make_shared<const Members>(std::move(members)),
          .closed = true};
}

Shape Shape::array(Shape elements) {
  return {.types = kArrayType, .elements = std::make_shared<const Shape>(std::move(elements))};
}

Shape Shape::from_schema(const json::value& schema) {
  const auto* object = schema.if_object();
  if (object == nullptr) return {};
  Shape shape;
  const bool plain = !object->contains("$ref") && !object->contains("allOf") &&
                     !object->contains("anyOf") && !object->contains("oneOf") &&
                     !object->contains("if");
  if (const auto* type = object->if_contains("type")) {
    if (const Types named = types_named(*type); named != 0) shape.types = named;
  } else if (const auto* only = object->if_contains("const")) {
    shape.types = type_of(*only);
  } else if (const auto* values = object->if_contains("enum");
             values != nullptr && values->is_array()) {
    shape.types = 0;
    for (const auto& each : values->get_array()) {
      shape.types = static_cast<Types>(shape.types | type_of(each));
    }
    if (shape.types == 0) shape.types = kAnyType;
  }
  if (const auto* properties = object->if_contains("properties");
      properties != nullptr && properties->is_object()) {
    Members members;
    for (const auto& each : properties->get_object()) {
      members.emplace(std::string(each.key().data(), each.key().size()), from_schema(each.value()));
    }
    shape.members = std::make_shared<const Members>(std::move(members));
    shape.closed = plain && is_false(object->if_contains("additionalProperties"));
  }
  if (const auto* items = object->if_contains("items")) {
    shape.elements = std::make_shared<const Shape>(from_schema(*items));
  }
  return shape;
}

Shape Shape::of_value(const json::value& value) { return of(type_of(value)); }

Shape Shape::either(const Shape& a, const Shape& b) {
  if (a.types == kNullType || b.types == kNullType) {
    Shape shape = a.types == kNullType ? b : a;
    shape.types = static_cast<Types>(shape.types | kNullType);
    return shape;
  }
  return of(static_cast<Types>(a.types | b.types));
}

Shape Shape::present() const {
  Shape shape = *this;
  shape.types = static_cast<Types>(shape.types & ~kNullType);
  return shape;
}

}  // namespace weir::apps::workflow
