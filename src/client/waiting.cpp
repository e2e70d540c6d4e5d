#include "client/waiting.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace weir::client {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

int poll_until(pollfd* entries, nfds_t count, milliseconds timeout) {
  const auto for_poll = [](milliseconds left) {
    return static_cast<int>(
        std::clamp<milliseconds::rep>(left.count(), 0, std::numeric_limits<int>::max()));
  };
  const auto deadline = SteadyClock::now() + timeout;
  milliseconds left = timeout;
  for (;;) {
    const int ready = ::poll(entries, count, timeout.count() < 0 ? -1 : for_poll(left));
    if (ready >= 0 || errno != EINTR) return ready;
    left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
  }
}

}  // namespace weir::client
