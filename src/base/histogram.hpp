#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/counter.hpp"

namespace weir::base {

/// How long something took, by size: four buckets for each doubling from a microsecond on, so that
/// a quantile is right to a fifth. One thread notes; any thread reads. About 1 KB.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 128;
  using Counts = std::array<std::uint64_t, kBuckets>;

  void note(std::chrono::microseconds took) {
    buckets_[bucket_of(static_cast<std::uint64_t>(took.count() < 0 ? 0 : took.count()))].add();
  }

  Counts counts() const {
    Counts counts;
    for (std::size_t i = 0; i < kBuckets; ++i) counts[i] = buckets_[i].get();
    return counts;
  }

  /// Of what was noted after `before` and up to `now`: below which the `share` (0 to 1) of it lies,
  /// in microseconds, to the middle of a bucket. 0 where nothing was noted.
  static double quantile(const Counts& before, const Counts& now, double share) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) total += now[i] - before[i];
    if (total == 0) return 0;
    const double wanted = share * static_cast<double>(total);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += now[i] - before[i];
      if (seen > 0 && static_cast<double>(seen) >= wanted) {
        return (static_cast<double>(least_of(i)) + static_cast<double>(least_of(i + 1))) / 2;
      }
    }
    return static_cast<double>(least_of(kBuckets));
  }

 private:
  static constexpr std::size_t kSteps = 4;  // Of a doubling.

  /// Up to 4 each has a bucket of its own.
  static constexpr std::size_t bucket_of(std::uint64_t value) {
    if (value < kSteps) return value;
    const auto power = static_cast<std::size_t>(std::bit_width(value)) - 1;
    const auto step = (value >> (power - 2)) - kSteps;
    const auto bucket = (power - 1) * kSteps + step;
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  static constexpr std::uint64_t least_of(std::size_t bucket) {
    if (bucket < kSteps) return bucket;
    return (kSteps + bucket % kSteps) << (bucket / kSteps - 1);
  }

  std::array<Counter, kBuckets> buckets_;
};

}  // namespace weir::base
