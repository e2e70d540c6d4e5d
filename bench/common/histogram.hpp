#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace weir::bench {

// Counts of durations in buckets about 1.6 % wide, of fixed size, so that recording millions of
// latencies neither allocates nor slows the program that measures.
class Histogram {
 public:
  // A negative duration counts as zero.
  void record(int64_t ns) {
    uint64_t value = ns > 0 ? static_cast<uint64_t>(ns) : 0;
    ++buckets_[bucket_of(value)];
    ++count_;
    if (value > max_) max_ = value;
  }

  uint64_t count() const { return count_; }
  double max_ms() const { return static_cast<double>(max_) / 1e6; }

  // The duration, in milliseconds, that the share `quantile` (0 … 1) of the records does not
  // exceed.
  double quantile_ms(double quantile) const {
    uint64_t wanted = static_cast<uint64_t>(quantile * static_cast<double>(count_));
    uint64_t seen = 0;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted) return static_cast<double>(middle_of(i)) / 1e6;
    }
    return max_ms();
  }

 private:
  static constexpr int kSubBits = 5;  // 32 buckets per power of two
  static constexpr uint64_t kSub = 1U << kSubBits;

  static size_t bucket_of(uint64_t value) {
    if (value < kSub) return value;
    int shift = std::bit_width(value) - 1 - kSubBits;
    return (static_cast<uint64_t>(shift) + 1) * kSub + ((value >> shift) - kSub);
  }
  static uint64_t middle_of(size_t bucket) {
    if (bucket < kSub) return bucket;
    int shift = static_cast<int>(bucket / kSub) - 1;
    return ((kSub + bucket % kSub) << shift) + ((uint64_t{1} << shift) >> 1);
  }

  std::array<uint64_t, kSub * 60> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace weir::bench
