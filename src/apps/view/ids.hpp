#pragma once

#include <algorithm>
#include <cstdint>

#include "base/types.hpp"

namespace weir::apps {

/// Gives out ids: the time they are made at in the upper bits, so that they ascend, and are told
/// apart by age. One thread.
class Ids {
 public:
  /// Everything up to here is taken.
  void start_after(std::int64_t last) { last_ = std::max(last_, last); }
  std::int64_t next(base::UnixMillis now) { return last_ = std::max(first_at(now), last_ + 1); }
  /// None that is made at `time` or later is below.
  static std::int64_t first_at(base::UnixMillis time) { return time << kBits; }

 private:
  static constexpr int kBits = 20;  ///< A million in a millisecond, and years to come.
  std::int64_t last_ = 0;
};

}  // namespace weir::apps
