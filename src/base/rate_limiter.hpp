#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/lru_cache.hpp"
#include "base/string_map.hpp"

namespace weir::base {

/// What one request takes from one of the limits that it is under.
struct Charge {
  std::string name;  ///< Whose share it is; what is not told apart by it shares one.
  std::uint64_t cost = 1;
  std::uint64_t rate = 0;  ///< A second; more than 0.
  std::chrono::milliseconds burst{1'000};
};

/// Token buckets by name, shared by all threads: a limit holds for the process, however its
/// connections are spread over shards. A bucket that has anything in it admits, and may go below
/// zero by what is taken: so a request that costs more than a bucket can hold is not refused for
/// ever, and the rate holds all the same.
///
/// Keeps at most `entries_max` buckets; those not used for longest are forgotten, which fills them.
/// Any thread; a lock is held for the length of a lookup.
class RateLimiter {
 public:
  explicit RateLimiter(std::size_t entries_max);

  /// Takes all charges and returns zero; or takes nothing and returns how long to wait for the
  /// slowest.
  std::chrono::milliseconds admit(std::span<const Charge> charges, Clock::Steady now);
  /// The parts of `admit`, for what has to pass several limiters: how long to wait, taking nothing;
  /// and taking, whatever is there.
  std::chrono::milliseconds wait(std::span<const Charge> charges, Clock::Steady now);
  void take(std::span<const Charge> charges, Clock::Steady now);

  std::size_t size() const;

 private:
  struct Bucket {
    double level = 0;
    Clock::Steady at;
  };
  using Buckets = LruCache<std::string, Bucket>;
  static constexpr std::size_t kParts = 16;

  static double level_of(const Bucket* bucket, const Charge& charge, Clock::Steady now);
  Guarded<Buckets>& part_of(const std::string& name) {
    return parts_[std::hash<std::string>{}(name) % kParts];
  }

  std::array<Guarded<Buckets>, kParts> parts_;
};

/// How many each name has now, over all threads. Any thread.
class ShareCounter {
 public:
  /// One more, unless that would be more than `most`; false then.
  bool add(const std::string& name, std::uint64_t most);
  void remove(const std::string& name);

 private:
  Guarded<StringMap<std::uint64_t>> counts_;
};

}  // namespace weir::base
