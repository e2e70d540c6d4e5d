#pragma once

#include <chrono>
#include <optional>

#include "base/random.hpp"

namespace weir::client {

/// How long to wait before connecting again. A stream that ended in an orderly way is taken up
/// again after what the server asked for (`retry:`, which it has jittered itself); after failures
/// the wait is "full jitter": uniform between nothing and a bound that doubles with each failure,
/// so that clients who lost one server do not return as one. One thread.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  Backoff(std::uint64_t seed, Duration retry, Duration max)
      : random_(seed), retry_(retry), max_(max) {}

  /// The server's wish for the time between connections.
  void set_retry(Duration retry) { retry_ = retry; }
  /// A connection worked: the next failure counts as the first.
  void succeeded() { failures_ = 0; }

  Duration after_end() const { return retry_; }
  /// `retry_after` is the least, if the server named it.
  Duration after_failure(std::optional<Duration> retry_after = std::nullopt);

 private:
  base::Random random_;
  Duration retry_;
  Duration max_;
  int failures_ = 0;
};

}  // namespace weir::client
