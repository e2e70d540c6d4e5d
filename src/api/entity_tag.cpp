#include "api/entity_tag.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"

namespace weir::api {

std::string quoted_tag(std::string_view tag) { return fmt::format("\"{}\"", tag); }

bool names_tag(const Call& call, std::string_view tag) {
  if (tag.empty()) return false;
  const auto quoted = quoted_tag(tag);
  for (std::string_view rest : call.head().headers.get_all("If-None-Match")) {
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      auto each = base::trim(rest.substr(0, comma));
      if (each.starts_with("W/")) each.remove_prefix(2);
      if (each == quoted) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

}  // namespace weir::api
