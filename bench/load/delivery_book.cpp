#include "load/delivery_book.hpp"

namespace weir::bench {
namespace {

constexpr uint32_t kSeen = 1U << 31;

}  // namespace

DeliveryBook::DeliveryBook(size_t topics, uint32_t readers_per_topic, Faults& faults)
    : readers_per_topic_(readers_per_topic), faults_(faults), orders_(topics) {}

uint64_t DeliveryBook::publish(size_t topic) {
  topic_of_.push_back(static_cast<uint32_t>(topic));
  return topic_of_.size() - 1;
}

void DeliveryBook::expect(size_t topic, uint64_t number) { orders_[topic].push_back({number, 0}); }

void DeliveryBook::deliver(size_t topic, uint64_t position, uint64_t number, int64_t latency_ns) {
  auto& order = orders_[topic];
  if (position > order.size()) {
    faults_.add("more events than the topic has, after an earlier fault");
    return;
  }
  if (position == order.size()) {
    // This reader is the first to get so far: what it sees is the order, if it may be seen here at
    // all.
    if (number >= topic_of_.size()) {
      faults_.add("an event that was not published: " + std::to_string(number));
      return;
    }
    if (topic_of_[number] != topic) {
      bool repeated = topic_of_[number] == (topic | kSeen);
      faults_.add((repeated ? "an event twice: " : "an event of another topic: ") +
                  std::to_string(number));
      return;
    }
    topic_of_[number] |= kSeen;
    order.push_back({number, 0});
  }
  Place& place = order[position];
  if (place.number != number) {
    faults_.add("at position " + std::to_string(position) + " event " + std::to_string(number) +
                " instead of " + std::to_string(place.number));
    return;
  }
  ++deliveries_;
  latencies_.record(latency_ns);
  if (++place.delivered == readers_per_topic_) ++completed_;
}

}  // namespace weir::bench
