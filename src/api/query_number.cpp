#include "api/query_number.hpp"

#include <fmt/format.h>

#include <charconv>

namespace weir::api {

base::Result<std::uint32_t> query_number(const Call& call, std::string_view name,
                                         std::uint32_t least, std::uint32_t most,
                                         std::uint32_t absent) {
  const auto text = call.target().get(name);
  if (!text) return absent;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < least ||
      number > most) {
    return base::make_error(
        base::ErrorCode::kBadRequest,
        fmt::format("{} takes a whole number from {} to {}", name, least, most));
  }
  return number;
}

}  // namespace weir::api
