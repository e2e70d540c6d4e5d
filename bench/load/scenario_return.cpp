#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "load/meter.hpp"
#include "load/publisher_pool.hpp"
#include "load/scenarios.hpp"
#include "load/subscriber_pool.hpp"

namespace weir::bench {
namespace {

constexpr double kBacklogSeconds = 120;
constexpr double kReturnSeconds = 300;
// How long to listen for events that must not come.
constexpr double kSurplusSeconds = 0.5;

}  // namespace

void run_backlog(Options& options, Report& report, Faults& faults) {
  Target target(options);
  SubscriberPool::Settings reading;
  reading.payload_bytes = static_cast<size_t>(options.number("payload", 64));
  auto missed = static_cast<uint64_t>(options.number("missed", 100));
  auto seen = static_cast<uint64_t>(options.number("seen", 20));
  options.refuse_unknown();
  if (seen == 0) fatal("--seen must be at least 1: its last id is where the readers return to");

  EventLoop loop;
  DeliveryBook book(1, 1, faults);
  auto subscribers = SubscriberPool::make(loop, target, reading, book, faults);
  auto publishers = PublisherPool::make(loop, target, {.count = 1, .depth = 1}, faults);
  std::string last_id;
  subscribers->set_on_event([&](uint64_t number, std::string_view id) {
    if (number == seen - 1) last_id = id;
  });
  subscribers->open_all();
  publishers->open_all();
  Payload payload(reading.payload_bytes);
  loop.set_pump([&] {
    // One at a time: the order in which they are published is the order that `return` expects.
    if (book.published() < seen + missed && publishers->can_publish()) {
      publishers->publish(0, payload.write({book.publish(0), now_ns()}));
    }
    publishers->flush();
    return now_ns() + seconds_to_ns(1);
  });
  if (!loop.run_until([&] { return book.completed() == seen + missed; },
                      now_ns() + seconds_to_ns(kBacklogSeconds))) {
    faults.add("the backlog was not delivered");
  }
  if (last_id.empty()) faults.add("events have no id");
  report.add("last_id", last_id);
  report.add("first_missed", seen);
  report.add("missed", missed);
}

void run_return(Options& options, Report& report, Faults& faults) {
  Target target(options);
  SubscriberPool::Settings reading;
  reading.count = static_cast<size_t>(options.number("subscribers", 1000));
  reading.payload_bytes = static_cast<size_t>(options.number("payload", 64));
  reading.last_event_id = options.text("last-id", "");
  reading.opening_max = static_cast<size_t>(options.number("opening", 1024));
  auto missed = static_cast<uint64_t>(options.number("missed", 100));
  auto first_missed = static_cast<uint64_t>(options.number("first-missed", 20));
  options.refuse_unknown();

  EventLoop loop;
  DeliveryBook book(1, static_cast<uint32_t>(reading.count), faults);
  for (uint64_t i = 0; i < missed; ++i) book.expect(0, first_missed + i);
  auto subscribers = SubscriberPool::make(loop, target, reading, book, faults);

  Meter meter(target.processes);
  subscribers->start();
  loop.run_until([&] { return subscribers->all_open() || faults.count() > 0; },
                 now_ns() + seconds_to_ns(kReturnSeconds));
  double open_seconds = meter.elapsed();
  loop.run_until([&] { return book.completed() == missed || faults.count() > 0; },
                 now_ns() + seconds_to_ns(kReturnSeconds));
  meter.stop();
  auto caught_up = static_cast<double>(reading.count);
  if (book.completed() != missed) {
    faults.add(std::to_string(book.deliveries()) + " of " + std::to_string(missed * reading.count) +
               " missed events were delivered");
  }
  loop.run_for(kSurplusSeconds);

  report.add("subscribers", reading.count);
  report.add("missed", missed);
  meter.add_to(report);
  report.add("connect_seconds", open_seconds);
  report.add("caught_up_seconds", meter.seconds());
  report.add("cpu_us_per_subscriber", meter.server_cpu_us() / caught_up);
  report.add("deliveries", book.deliveries());
}

}  // namespace weir::bench
