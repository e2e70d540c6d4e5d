#include "load/meter.hpp"
#include "load/scenarios.hpp"
#include "load/subscriber_pool.hpp"

namespace weir::bench {

void run_idle(Options& options, Report& report, Faults& faults) {
  Target target(options);
  SubscriberPool::Settings reading;
  reading.count = static_cast<size_t>(options.number("subscribers", 1000));
  double settle = options.real("settle", 2);
  double seconds = options.real("seconds", 30);
  options.refuse_unknown();

  EventLoop loop;
  DeliveryBook book(1, static_cast<uint32_t>(reading.count), faults);
  {
    // What the first connections make a server allocate once is not the price of a subscriber.
    SubscriberPool::Settings first = reading;
    first.count = 8;
    auto warm = SubscriberPool::make(loop, target, first, book, faults);
    warm->open_all();
  }
  loop.run_for(0.5);
  int64_t memory_before = target.processes.private_bytes();

  auto subscribers = SubscriberPool::make(loop, target, reading, book, faults);
  Meter opening(target.processes);
  subscribers->open_all();
  opening.stop();
  loop.run_for(settle);
  uint64_t comments = subscribers->keepalives();
  Meter meter(target.processes);
  loop.run_for(seconds);
  meter.stop();
  int64_t memory = target.processes.private_bytes();

  auto count = static_cast<double>(reading.count);
  report.add("subscribers", reading.count);
  meter.add_to(report);
  report.add("connect_seconds", opening.seconds());
  report.add("connect_cpu_us_per_subscriber", opening.server_cpu_us() / count);
  report.add("keepalives", subscribers->keepalives() - comments);
  report.add("private_bytes", memory);
  report.add("private_bytes_per_subscriber", static_cast<double>(memory - memory_before) / count);
}

}  // namespace weir::bench
