#pragma once

#include <cstdint>

namespace weir::base {

/// A source of randomness, seeded by the caller so that a simulation can repeat itself. Not for
/// secrets. SplitMix64: 64 bits of state, passes the usual batteries, and needs no warm-up. One
/// thread at a time.
class Random {
  __extension__ using Wide = unsigned __int128;

 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, bound); `bound` > 0. The bias is below 2^-32 for the bounds used here.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }

  /// `value` changed by up to ±`percent` %, uniformly: what keeps clients from returning in one
  /// second.
  std::uint64_t jitter(std::uint64_t value, std::uint64_t percent) {
    const std::uint64_t spread = value * percent / 100;
    return value - spread + below(2 * spread + 1);
  }

 private:
  std::uint64_t state_;
};

/// 64 bits from the operating system's generator; any thread.
std::uint64_t random_seed();

}  // namespace weir::base
