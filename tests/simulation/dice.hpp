#pragma once

#include <cstddef>
#include <vector>

#include "base/random.hpp"

namespace weir::simulation {

/// The one source of chance of a run. One thread.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  std::uint64_t next() { return random_.next(); }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  /// Both ends included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + random_.below(high - low + 1);
  }
  bool chance(unsigned percent) { return random_.below(100) < percent; }
  template <typename T>
  const T& pick(const std::vector<T>& items) {
    return items[random_.below(items.size())];
  }

 private:
  base::Random random_;
};

}  // namespace weir::simulation
