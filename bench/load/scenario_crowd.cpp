#include <unistd.h>

#include <algorithm>
#include <vector>

#include "common/clock.hpp"
#include "load/meter.hpp"
#include "load/publisher_pool.hpp"
#include "load/scenarios.hpp"
#include "load/subscriber_pool.hpp"

namespace weir::bench {
namespace {

// How long one event may take to reach everybody.
constexpr double kEverybodySeconds = 120;
// How long to listen for events that must not come.
constexpr double kSurplusSeconds = 0.5;

// Publishes one event and waits until everybody has it; returns the milliseconds of the last one,
// or less than nothing when somebody does not get it.
double reach_everybody(EventLoop& loop, DeliveryBook& book, PublisherPool& publishers,
                       Payload& payload) {
  // The answer to the event before may come after its last delivery.
  loop.run_until([&] { return publishers.can_publish(); },
                 now_ns() + seconds_to_ns(kEverybodySeconds));
  if (!publishers.can_publish()) return -1;
  book.restart_latencies();
  publishers.publish(0, payload.write({book.publish(0), now_ns()}));
  publishers.flush();
  bool reached = loop.run_until([&] { return book.in_flight() == 0; },
                                now_ns() + seconds_to_ns(kEverybodySeconds));
  return reached ? book.latencies().max_ms() : -1;
}

}  // namespace

void run_crowd(Options& options, Report& report, Faults& faults) {
  Target target(options);
  SubscriberPool::Settings reading;
  reading.count = static_cast<size_t>(options.number("subscribers", 500'000));
  reading.payload_bytes = static_cast<size_t>(options.number("payload", 64));
  auto events = static_cast<size_t>(options.number("events", 5));
  double settle = options.real("settle", 4);
  options.refuse_unknown();

  EventLoop loop;
  {
    // What the first streams make a server allocate once is not the price of one.
    DeliveryBook nothing(1, 8, faults);
    SubscriberPool::Settings first = reading;
    first.count = 8;
    auto warm = SubscriberPool::make(loop, target, first, nothing, faults);
    warm->open_all();
  }
  loop.run_for(0.5);
  int64_t memory_before = target.processes.private_bytes();

  DeliveryBook book(1, static_cast<uint32_t>(reading.count), faults);
  auto subscribers = SubscriberPool::make(loop, target, reading, book, faults);
  auto publishers = PublisherPool::make(loop, target, {.count = 1, .depth = 1}, faults);
  Meter opening(target.processes);
  subscribers->open_all();
  opening.stop();
  publishers->open_all();
  loop.run_for(settle);
  int64_t memory = target.processes.private_bytes();

  Payload payload(reading.payload_bytes);
  std::vector<double> times;
  Meter delivering(target.processes);
  while (times.size() < events && faults.count() == 0) {
    times.push_back(reach_everybody(loop, book, *publishers, payload));
    if (times.back() < 0) faults.add(std::to_string(book.deliveries()) + " deliveries, then none");
  }
  delivering.stop();
  loop.run_for(kSurplusSeconds);
  std::sort(times.begin(), times.end());

  auto count = static_cast<double>(reading.count);
  report.add("subscribers", reading.count);
  report.add("connect_seconds", opening.seconds());
  report.add("cpu_us_per_subscriber", opening.server_cpu_us() / count);
  report.add("private_bytes", memory);
  report.add("private_bytes_per_subscriber", static_cast<double>(memory - memory_before) / count);
  report.add("generator_bytes", ProcessStats(std::to_string(getpid())).private_bytes());
  delivering.add_to(report);
  report.add("events", times.size());
  report.add("deliveries", book.deliveries());
  report.add("everybody_median_ms", times.empty() ? -1 : times[times.size() / 2]);
  report.add("everybody_max_ms", times.empty() ? -1 : times.back());
  report.add("cpu_us_per_delivery",
             delivering.server_cpu_us() / static_cast<double>(book.deliveries()));
}

}  // namespace weir::bench
