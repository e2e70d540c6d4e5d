#include "apps/view/brief.hpp"

#include "proto/utf8.hpp"

namespace weir::apps {
namespace {

constexpr std::size_t kBriefBytesMax = 256;

}  // namespace

std::string brief(std::string_view text) {
  constexpr std::string_view kEllipsis = "…";
  if (text.size() <= kBriefBytesMax) return std::string(text);
  std::size_t end = 0;
  for (;;) {
    const auto next = end + proto::utf8_step(text.substr(end)).bytes;
    if (next > kBriefBytesMax - kEllipsis.size()) break;
    end = next;
  }
  return std::string(text.substr(0, end)).append(kEllipsis);
}

}  // namespace weir::apps
