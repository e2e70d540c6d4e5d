#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/counter.hpp"
#include "base/guarded.hpp"
#include "base/shared_value.hpp"
#include "base/types.hpp"
#include "log/closures.hpp"
#include "log/engine.hpp"
#include "log/log.hpp"

namespace weir::log {

/// A position that one thread moves and any thread reads; what happened before it was moved is
/// visible to who sees it moved.
class SharedSequence {
 public:
  base::Sequence get() const { return {value_.load(std::memory_order_acquire)}; }
  void set(base::Sequence s) { value_.store(s.value, std::memory_order_release); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Where the log stands. Changed by the log thread alone.
struct LogState {
  // Any thread reads these.
  SharedSequence committed;  ///< The newest position that readers find.
  SharedSequence head;       ///< The newest that the listener has been told of.
  base::Guarded<Closures> closed;
  base::SharedValue<Floors> floors{std::make_shared<const Floors>()};
  /// Odd while rows vanish of which `floors` does not know yet.
  std::atomic<std::uint64_t> erasures{0};
  std::atomic<bool> failed{false};
  std::atomic<bool> full{false};
  base::Counter events;
  base::Counter bytes;
  base::Counter commits;
  base::Counter committed_events;
  base::Counter committed_bytes;
  base::Histogram commit_times;
  base::Histogram sync_times;
  base::Counter commit_micros;
  base::Counter commit_micros_last;

  // The log thread's own.
  LogRecord record;
  std::unordered_map<NamespaceId, Totals> totals;
  std::vector<Loss> losses;
  bool losses_changed = false;   ///< The store holds others.
  bool announce_floors = false;  ///< The listener has not heard of `floors` as they are.

  void set_floors(base::Sequence all, TopicFloors topics) {
    floors.set(
        std::make_shared<const Floors>(Floors{floors.get()->version + 1, all, std::move(topics)}));
  }

  /// The floors, once they are no lower than what has vanished from the store by now. Waits for the
  /// end of a transaction of the log thread at most.
  FloorsPtr settled_floors() const {
    for (;;) {
      const auto at = erasures.load(std::memory_order_acquire);
      if (at % 2 == 0) return floors.get();
      erasures.wait(at, std::memory_order_acquire);
    }
  }

  std::optional<base::Sequence> closed_at(std::string_view topic) const {
    return closed.with([&](const auto& closures) { return closures.at(topic); });
  }

  void add(NamespaceId id, std::uint64_t more_events, std::uint64_t more_bytes) {
    auto& sum = totals[id];
    sum.events += more_events;
    sum.bytes += more_bytes;
    events.add(more_events);
    bytes.add(more_bytes);
  }
  void subtract(NamespaceId id, std::uint64_t fewer_events, std::uint64_t fewer_bytes) {
    auto& sum = totals[id];
    sum.events -= fewer_events;
    sum.bytes -= fewer_bytes;
    events.subtract(fewer_events);
    bytes.subtract(fewer_bytes);
  }
};

/// Holds readers back between the vanishing of rows and the floors that tell of it. Log thread.
class Erasure {
 public:
  explicit Erasure(LogState& state) : state_(&state) { step(); }
  ~Erasure() {
    step();
    state_->erasures.notify_all();
  }
  Erasure(const Erasure&) = delete;
  Erasure& operator=(const Erasure&) = delete;

 private:
  void step() { state_->erasures.fetch_add(1, std::memory_order_acq_rel); }

  LogState* state_;
};

}  // namespace weir::log
