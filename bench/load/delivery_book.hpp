#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/histogram.hpp"

namespace weir::bench {

// Faults found in what a server did. A run with any is worth nothing, so they are counted, the
// first is kept in words, and the program's exit code says that there were some.
class Faults {
 public:
  void add(const std::string& what) {
    if (count_++ == 0) first_ = what;
  }
  uint64_t count() const { return count_; }
  const std::string& first() const { return first_; }

 private:
  uint64_t count_ = 0;
  std::string first_;
};

// Holds every delivery against what was published. The order in which a topic's first reader sees
// the events is the topic's order, each published event once; every other reader must see exactly
// the same at exactly the same place. So loss, repetition and disagreement show at once, whatever
// the server's ids look like, and an event's last delivery is known when it happens.
class DeliveryBook {
 public:
  // `readers_per_topic`: after that many deliveries an event is complete.
  DeliveryBook(size_t topics, uint32_t readers_per_topic, Faults& faults);

  // An event is under way; its number is the next one: 0, 1, 2 …, over all topics.
  uint64_t publish(size_t topic);
  // The order is known beforehand: the topic's next event is `number`, published in an earlier run.
  void expect(size_t topic, uint64_t number);

  // A reader of `topic` got event `number` as its `position`-th (0, 1, 2 …).
  void deliver(size_t topic, uint64_t position, uint64_t number, int64_t latency_ns);

  uint64_t published() const { return topic_of_.size(); }
  uint64_t completed() const { return completed_; }
  uint64_t in_flight() const { return published() - completed_; }
  uint64_t deliveries() const { return deliveries_; }
  // How many events a topic's readers have seen at most.
  uint64_t length(size_t topic) const { return orders_[topic].size(); }

  // Latencies recorded since the last call of `restart_latencies`.
  const Histogram& latencies() const { return latencies_; }
  void restart_latencies() { latencies_ = Histogram{}; }

 private:
  struct Place {
    uint64_t number;
    uint32_t delivered;
  };

  uint32_t readers_per_topic_;
  Faults& faults_;
  std::vector<std::vector<Place>> orders_;
  std::vector<uint32_t> topic_of_;  // by number; kSeen is set once the event has its place
  uint64_t completed_ = 0;
  uint64_t deliveries_ = 0;
  Histogram latencies_;
};

}  // namespace weir::bench
