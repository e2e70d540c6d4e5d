#include "apps/workflow/engine/execution_id.hpp"

#include <algorithm>

namespace weir::apps::workflow {
namespace {

constexpr std::string_view kPrefix = "wf_exec_";
constexpr std::size_t kTimeDigits = 10;
constexpr std::size_t kRandomDigits = 16;
/// Crockford's base 32, in small letters: no i, l, o, u.
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace

std::string make_execution_id(base::UnixMillis now, base::Random& random) {
  std::string id(kPrefix);
  for (std::size_t i = kTimeDigits; i-- > 0;) {
    id.push_back(kDigits[(static_cast<std::uint64_t>(now) >> (5 * i)) & 31U]);
  }
  for (std::size_t i = 0; i < kRandomDigits; ++i) id.push_back(kDigits[random.next() >> 59U]);
  return id;
}

bool is_execution_id(std::string_view text) {
  if (!text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  return text.size() == kTimeDigits + kRandomDigits &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return kDigits.find(c) != std::string_view::npos; });
}

}  // namespace weir::apps::workflow
