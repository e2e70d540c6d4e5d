#include <algorithm>

#include "common/clock.hpp"
#include "load/meter.hpp"
#include "load/publisher_pool.hpp"
#include "load/scenarios.hpp"
#include "load/subscriber_pool.hpp"

namespace weir::bench {
namespace {

constexpr double kDrainSeconds = 120;

// Publishes on a schedule. An event carries the time at which it was due, not that at which a
// publisher was free for it, so a server that makes publishers wait does not look quick.
class Schedule {
 public:
  Schedule(DeliveryBook& book, PublisherPool& publishers, size_t payload_bytes, double per_second)
      : book_(book),
        publishers_(publishers),
        payload_(payload_bytes),
        interval_ns_(seconds_to_ns(1 / per_second)),
        due_ns_(now_ns()) {}

  int64_t pump() {
    while (!stopped_ && due_ns_ <= now_ns() && publishers_.can_publish()) {
      publishers_.publish(0, payload_.write({book_.publish(0), due_ns_}));
      due_ns_ += interval_ns_;
    }
    publishers_.flush();
    // Without a free publisher it is an answer that wakes the loop, not the clock.
    int64_t later = now_ns() + interval_ns_;
    return stopped_ || !publishers_.can_publish() ? later : std::min(due_ns_, later);
  }

  void stop() { stopped_ = true; }

 private:
  DeliveryBook& book_;
  PublisherPool& publishers_;
  Payload payload_;
  int64_t interval_ns_;
  int64_t due_ns_;
  bool stopped_ = false;
};

struct Window {
  double p50_ms;
  double p99_ms;
  int64_t private_bytes;  // of the server, at the end
  int64_t tcp_bytes;      // of the machine's sockets, at the end
};

Window measure(EventLoop& loop, DeliveryBook& book, const Target& target, double seconds) {
  book.restart_latencies();
  loop.run_for(seconds);
  return {book.latencies().quantile_ms(0.5), book.latencies().quantile_ms(0.99),
          target.processes.private_bytes(), tcp_memory_bytes()};
}

void add_stalled(Report& report, const Window& before, const Window& during, size_t stalled) {
  report.add("stalled", stalled);
  report.add("stalled_latency_p50_ms", during.p50_ms);
  report.add("stalled_latency_p99_ms", during.p99_ms);
  report.add("stalled_p99_ratio", during.p99_ms / before.p99_ms);
  report.add("private_bytes_before", before.private_bytes);
  report.add("private_bytes_stalled", during.private_bytes);
  auto per_reader = static_cast<double>(stalled);
  report.add("private_growth_per_stalled_bytes",
             static_cast<double>(during.private_bytes - before.private_bytes) / per_reader);
  report.add("tcp_growth_per_stalled_bytes",
             static_cast<double>(during.tcp_bytes - before.tcp_bytes) / per_reader);
}

}  // namespace

void run_rate(Options& options, Report& report, Faults& faults) {
  Target target(options);
  SubscriberPool::Settings reading;
  reading.count = static_cast<size_t>(options.number("subscribers", 1000));
  reading.payload_bytes = static_cast<size_t>(options.number("payload", 64));
  PublisherPool::Settings publishing;
  publishing.count = static_cast<size_t>(options.number("publishers", 16));
  double per_second = options.real("rate", 20);
  double warmup = options.real("warmup", 2);
  double seconds = options.real("seconds", 20);
  auto stalled = static_cast<size_t>(options.number("stalled", 0));
  double stalled_seconds = options.real("stalled-seconds", 60);
  options.refuse_unknown();

  EventLoop loop;
  DeliveryBook book(1, static_cast<uint32_t>(reading.count), faults);
  auto subscribers = SubscriberPool::make(loop, target, reading, book, faults);
  auto publishers = PublisherPool::make(loop, target, publishing, faults);
  subscribers->open_all();
  publishers->open_all();

  Schedule schedule(book, *publishers, reading.payload_bytes, per_second);
  loop.set_pump([&] { return schedule.pump(); });
  loop.run_for(warmup);
  Meter meter(target.processes);
  uint64_t deliveries = book.deliveries();
  Window calm = measure(loop, book, target, seconds);
  meter.stop();
  auto delivered = static_cast<double>(book.deliveries() - deliveries);

  report.add("subscribers", reading.count);
  report.add("payload_bytes", reading.payload_bytes);
  report.add("rate", per_second);
  meter.add_to(report);
  report.add("deliveries", delivered);
  report.add("cpu_us_per_delivery", meter.server_cpu_us() / delivered);
  report.add("latency_p50_ms", calm.p50_ms);
  report.add("latency_p99_ms", calm.p99_ms);

  if (stalled > 0) {
    subscribers->stall(stalled);
    add_stalled(report, calm, measure(loop, book, target, stalled_seconds), stalled);
    subscribers->unstall();
  }
  schedule.stop();
  int64_t start = now_ns();
  if (!loop.run_until([&] { return book.in_flight() == 0; },
                      start + seconds_to_ns(kDrainSeconds))) {
    faults.add(std::to_string(book.in_flight()) + " events did not reach everybody");
  }
  if (stalled > 0) report.add("stalled_catch_up_seconds", ns_to_seconds(now_ns() - start));
}

}  // namespace weir::bench
