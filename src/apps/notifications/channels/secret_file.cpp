#include "apps/notifications/channels/secret_file.hpp"

#include <algorithm>

#include "base/small_file.hpp"

namespace weir::apps::notifications {
namespace {

constexpr std::size_t kFileBytesMax = 4'096;

}  // namespace

base::Result<std::string> read_secret_line(const std::string& setting, const std::string& path) {
  auto text = base::read_small_file(path, kFileBytesMax);
  if (!text) return text.error();
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  // It becomes part of a line of a protocol, which it must not end.
  const bool one_line = std::none_of(text->begin(), text->end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  if (text->empty() || !one_line) {
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            setting + ": " + path + " holds not one line of text");
  }
  return text;
}

}  // namespace weir::apps::notifications
