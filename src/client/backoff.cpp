#include "client/backoff.hpp"

#include <algorithm>

namespace weir::client {

Backoff::Duration Backoff::after_failure(std::optional<Duration> retry_after) {
  constexpr int kDoublingsMax = 20;
  // A server may ask for no wait at all; a failing one is still not to be hammered.
  constexpr Duration kLeast{100};
  const Duration first = std::clamp(retry_, kLeast, std::max(max_, kLeast));
  const auto bound = std::min<Duration::rep>(first.count() << std::min(failures_, kDoublingsMax),
                                             std::max(max_, kLeast).count());
  ++failures_;
  const Duration jittered(
      static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(bound) + 1)));
  return retry_after.value_or(Duration(0)) + jittered;
}

}  // namespace weir::client
