#include "apps/workflow/model/json_members.hpp"

#include <limits>

#include "apps/workflow/model/numbers.hpp"
#include "base/units.hpp"

namespace weir::apps::workflow {

namespace json = boost::json;

const json::value* member(const json::object& object, std::string_view name) {
  return object.if_contains({name.data(), name.size()});
}

std::string_view text_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  return value != nullptr && value->is_string() ? view(value->get_string()) : std::string_view();
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  return value == nullptr ? nullptr : value->if_array();
}

std::optional<bool> flag_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

std::optional<double> number_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return as_double(*value);
}

std::optional<std::uint32_t> count_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  const auto number = value != nullptr && value->is_number() ? as_integer(*value) : std::nullopt;
  if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

std::optional<std::chrono::milliseconds> duration_member(const json::object& object,
                                                         std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const auto duration = base::parse_duration(view(value->get_string()));
  if (!duration) return std::nullopt;
  return *duration;
}

}  // namespace weir::apps::workflow
