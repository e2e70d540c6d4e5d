#include "apps/workflow/model/budget.hpp"

#include <fmt/format.h>

#include "apps/workflow/model/expression.hpp"

namespace weir::apps::workflow {

// As deep as the value is nested, which whoever parsed it has bounded.
bool Budget::spend_on(const boost::json::value& value) {
  if (!spend(sizeof(value))) return false;
  if (const auto* string = value.if_string()) return spend(string->size());
  if (const auto* array = value.if_array()) {
    for (const auto& each : *array) {
      if (!spend_on(each)) return false;
    }
  }
  if (const auto* object = value.if_object()) {
    for (const auto& each : *object) {
      if (!spend(each.key().size()) || !spend_on(each.value())) return false;
    }
  }
  return true;
}

base::Error Budget::exhausted() {
  return base::make_error(
      base::ErrorCode::kBadRequest,
      fmt::format("the values that it makes take more than {} bytes", Expression::kValueBytesMax));
}

}  // namespace weir::apps::workflow
