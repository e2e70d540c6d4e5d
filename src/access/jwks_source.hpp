#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/key.hpp"
#include "base/result.hpp"
#include "base/shared_value.hpp"

namespace weir::access {

/// Key sets by URL: fetched at once, again every `refresh`, and when a token names a key that is
/// not there, then no sooner than `cooldown` after the last attempt. A fetch that fails leaves the
/// keys that there are. All the work is on a thread of its own.
class JwksSource {
 public:
  struct Options {
    std::vector<std::string> urls;
    std::chrono::milliseconds refresh{};
    std::chrono::milliseconds cooldown{};
  };

  /// `changed` is called, on the thread of this object, after keys have become others.
  JwksSource(Options options, std::function<void()> changed);
  ~JwksSource();
  JwksSource(const JwksSource&) = delete;
  JwksSource& operator=(const JwksSource&) = delete;

  /// Ends the thread, breaking a fetch off; the keys stay as they are. Once, by the thread that
  /// made the object; the destructor then waits for nothing.
  void stop();

  /// The keys of all sets. Any thread.
  std::shared_ptr<const Keys> keys() const;
  /// Whether every set has been had once, so that a key that is not among `keys` is in none. Any
  /// thread.
  bool complete() const;

  /// Asks for a fetch, because a key is missing. True: one is under way or due, so that asking
  /// again soon may help; false: the sets have just been looked at. Any thread; does not block.
  bool request();

  // Counters; any thread.
  std::uint64_t fetches() const;
  std::uint64_t failures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::access
