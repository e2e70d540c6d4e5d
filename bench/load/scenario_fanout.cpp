#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "load/meter.hpp"
#include "load/publisher_pool.hpp"
#include "load/scenarios.hpp"
#include "load/subscriber_pool.hpp"

namespace weir::bench {
namespace {

// How long the last events may take to arrive before they count as lost.
constexpr double kDrainSeconds = 30;
constexpr int64_t kLookAgainNs = 100'000'000;

}  // namespace

void run_fanout(Options& options, Report& report, Faults& faults) {
  Target target(options);
  SubscriberPool::Settings reading;
  reading.count = static_cast<size_t>(options.number("subscribers", 1000));
  reading.topics = static_cast<size_t>(options.number("topics", 1));
  reading.payload_bytes = static_cast<size_t>(options.number("payload", 64));
  PublisherPool::Settings publishing;
  publishing.count = static_cast<size_t>(options.number("publishers", 4));
  auto in_flight_max = static_cast<uint64_t>(options.number("in-flight", 4));
  double warmup = options.real("warmup", 1);
  double seconds = options.real("seconds", 5);
  options.refuse_unknown();
  if (reading.count % reading.topics != 0) fatal("subscribers must be a multiple of topics");

  EventLoop loop;
  auto readers_per_topic = static_cast<uint32_t>(reading.count / reading.topics);
  DeliveryBook book(reading.topics, readers_per_topic, faults);
  auto subscribers = SubscriberPool::make(loop, target, reading, book, faults);
  auto publishers = PublisherPool::make(loop, target, publishing, faults);
  subscribers->open_all();
  publishers->open_all();

  Payload payload(reading.payload_bytes);
  bool publish_more = true;
  loop.set_pump([&] {
    while (publish_more && book.in_flight() < in_flight_max && publishers->can_publish()) {
      size_t topic = book.published() % reading.topics;
      uint64_t number = book.publish(topic);
      publishers->publish(topic, payload.write({number, now_ns()}));
    }
    publishers->flush();
    return now_ns() + kLookAgainNs;
  });

  loop.run_for(warmup);
  uint64_t deliveries = book.deliveries();
  uint64_t published = book.published();
  book.restart_latencies();
  Meter meter(target.processes);
  loop.run_for(seconds);
  meter.stop();
  auto delivered = static_cast<double>(book.deliveries() - deliveries);
  auto publishes = static_cast<double>(book.published() - published);
  double p50 = book.latencies().quantile_ms(0.5);
  double p99 = book.latencies().quantile_ms(0.99);

  publish_more = false;
  // With a fault the figures are worth nothing, so there is nothing to wait for.
  loop.run_until([&] { return book.in_flight() == 0 || faults.count() > 0; },
                 now_ns() + seconds_to_ns(kDrainSeconds));
  if (book.in_flight() > 0) {
    faults.add(std::to_string(book.in_flight()) + " events did not reach everybody");
  }

  report.add("subscribers", reading.count);
  report.add("topics", reading.topics);
  report.add("payload_bytes", reading.payload_bytes);
  report.add("in_flight", in_flight_max);
  meter.add_to(report);
  report.add("publishes", publishes);
  report.add("deliveries", delivered);
  report.add("deliveries_per_second", delivered / meter.seconds());
  report.add("cpu_us_per_delivery", meter.server_cpu_us() / delivered);
  report.add("cpu_us_per_publish", meter.server_cpu_us() / publishes);
  report.add("latency_p50_ms", p50);
  report.add("latency_p99_ms", p99);
}

}  // namespace weir::bench
