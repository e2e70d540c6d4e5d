#include "apps/workflow/effects/with.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

namespace weir::apps::workflow {

std::optional<std::string> scalar_text(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  // JSON of a double has an exponent always: 1.5E0.
  if (const auto* number = value.if_double()) return fmt::format("{}", *number);
  if (value.is_bool() || value.is_number()) return boost::json::serialize(value);
  return std::nullopt;
}

}  // namespace weir::apps::workflow
