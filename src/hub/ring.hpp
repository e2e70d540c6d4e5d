#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>

#include "base/types.hpp"
#include "log/batch.hpp"

namespace weir::hub {

/// A shard's window of recent batches: what a subscriber that fell behind reads first. The batches
/// are shared with the other shards; only the pointers are this shard's own. Shard thread only.
class Ring {
 public:
  explicit Ring(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// What was committed before the shard began is not here.
  void begin_at(base::Sequence head) { floor_ = head; }

  void push(log::BatchPtr batch) {
    bytes_ += batch->memory_bytes();
    batches_.push_back(std::move(batch));
    while (bytes_ > bytes_max_ && batches_.size() > 1) {
      bytes_ -= batches_.front()->memory_bytes();
      floor_ = batches_.front()->last();
      batches_.pop_front();
    }
  }

  /// Whether every event after the position is here.
  bool covers(base::Sequence after) const { return after >= floor_; }

  /// The first batch that holds positions after `after`.
  std::deque<log::BatchPtr>::const_iterator find_after(base::Sequence after) const {
    return std::upper_bound(batches_.begin(), batches_.end(), after,
                            [](base::Sequence s, const auto& batch) { return s < batch->last(); });
  }
  std::deque<log::BatchPtr>::const_iterator end() const { return batches_.end(); }

  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return batches_.size(); }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  base::Sequence floor_;
  std::deque<log::BatchPtr> batches_;
};

}  // namespace weir::hub
