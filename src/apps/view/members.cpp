#include "apps/view/members.hpp"

#include <fmt/format.h>

#include <variant>

namespace weir::apps {

base::Error wrong_member(std::string_view name, std::string_view what) {
  return base::make_error(base::ErrorCode::kBadRequest, fmt::format("\"{}\" {}", name, what));
}

base::Result<> take_text(std::string_view name, const proto::JsonValue& value,
                         std::size_t bytes_max, std::string& out) {
  const auto* text = std::get_if<std::string>(&value.content);
  if (text == nullptr) return wrong_member(name, "is no string");
  if (text->size() > bytes_max) {
    return wrong_member(name, fmt::format("is over {} bytes", bytes_max));
  }
  out = *text;
  return {};
}

}  // namespace weir::apps
