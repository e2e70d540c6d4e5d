#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace weir::base {

/// Timers by the ten thousand at the price of a vector entry each: a ring of buckets, one per tick.
/// An entry is a plain value (an index with a generation); there is no cancel, the owner checks on
/// expiry whether the entry still means anything and re-arms it if its deadline has moved
/// meanwhile.
///
/// Owned by one thread, which calls `advance` with the current tick from one real timer.
template <typename Entry>
class TimerWheel {
 public:
  /// Deadlines further away than `buckets` ticks are kept and take more turns of the wheel.
  explicit TimerWheel(std::size_t buckets = 512) : buckets_(buckets) {}

  /// The entry expires when `advance` reaches `tick`; a tick that has passed expires at the next
  /// advance.
  void arm(Entry entry, std::uint64_t tick) {
    if (tick <= now_) tick = now_ + 1;
    buckets_[tick % buckets_.size()].push_back({tick, std::move(entry)});
    ++size_;
  }

  /// Moves time to `tick` and calls `expired(entry)` for each entry that is due. `expired` may arm.
  template <typename Expired>
  void advance(std::uint64_t tick, Expired&& expired) {
    while (now_ < tick) {
      ++now_;
      due_.clear();
      due_.swap(buckets_[now_ % buckets_.size()]);
      for (auto& item : due_) {
        --size_;
        if (item.tick <= now_) {
          expired(std::move(item.entry));
        } else {
          arm(std::move(item.entry), item.tick);
        }
      }
    }
  }

  std::uint64_t now() const { return now_; }
  std::size_t size() const { return size_; }

 private:
  struct Item {
    std::uint64_t tick;
    Entry entry;
  };

  std::vector<std::vector<Item>> buckets_;
  std::vector<Item> due_;
  std::uint64_t now_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weir::base
