#include "apps/workflow/model/value_types.hpp"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::apps::workflow {

Types type_of(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return kNullType;
    case boost::json::kind::bool_:
      return kBoolType;
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      return kNumberType;
    case boost::json::kind::string:
      return kStringType;
    case boost::json::kind::array:
      return kArrayType;
    case boost::json::kind::object:
      return kObjectType;
  }
  return kAnyType;
}

std::string types_text(Types types) {
  static constexpr std::array<std::pair<Types, std::string_view>, 6> kNames = {
      {{kBoolType, "true or false"},
       {kNumberType, "a number"},
       {kStringType, "a string"},
       {kArrayType, "an array"},
       {kObjectType, "an object"},
       {kNullType, "null"}}};
  if (types == kAnyType) return "any value";
  std::vector<std::string_view> names;
  for (const auto& [type, name] : kNames) {
    if ((types & type) != 0) names.push_back(name);
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace weir::apps::workflow
