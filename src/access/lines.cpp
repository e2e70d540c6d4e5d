#include "access/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::access {

base::Result<> for_each_line(std::string_view text,
                             const std::function<base::Result<>(std::string_view line)>& each) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    if (auto done = each(line); !done) {
      return base::make_error(base::ErrorCode::kBadConfiguration,
                              fmt::format("line {}: {}", number, done.error().detail));
    }
  }
  return {};
}

}  // namespace weir::access
