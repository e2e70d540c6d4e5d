#include "apps/workflow/effects/with.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

namespace weir::apps::workflow {

std::string_view text_member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  const auto& text = value->get_string();
  return {text.data(), text.size()};
}

std::optional<std::string> scalar_text(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  // JSON of a double has an exponent always: 1.5E0.
  if (const auto* number = value.if_double()) return fmt::format("{}", *number);
  if (value.is_bool() || value.is_number()) return boost::json::serialize(value);
  return std::nullopt;
}

}  // namespace weir::apps::workflow
