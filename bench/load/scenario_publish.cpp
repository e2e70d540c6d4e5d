#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "load/meter.hpp"
#include "load/payload.hpp"
#include "load/publisher_pool.hpp"
#include "load/scenarios.hpp"

namespace weir::bench {
namespace {

constexpr double kDrainSeconds = 30;
constexpr int64_t kLookAgainNs = 100'000'000;

void wait_for_answers(EventLoop& loop, PublisherPool& publishers, Faults& faults) {
  int64_t deadline = now_ns() + seconds_to_ns(kDrainSeconds);
  if (!loop.run_until([&] { return publishers.unanswered() == 0; }, deadline)) {
    faults.add(std::to_string(publishers.unanswered()) + " publishes were not answered");
  }
}

}  // namespace

void run_publish(Options& options, Report& report, Faults& faults) {
  Target target(options);
  PublisherPool::Settings publishing;
  publishing.count = static_cast<size_t>(options.number("publishers", 64));
  publishing.depth = static_cast<size_t>(options.number("depth", 1));
  auto payload_bytes = static_cast<size_t>(options.number("payload", 64));
  double warmup = options.real("warmup", 1);
  double seconds = options.real("seconds", 5);
  options.refuse_unknown();

  EventLoop loop;
  auto publishers = PublisherPool::make(loop, target, publishing, faults);
  publishers->open_all();
  Payload payload(payload_bytes);
  uint64_t number = 0;
  bool publish_more = true;
  loop.set_pump([&] {
    while (publish_more && publishers->can_publish()) {
      publishers->publish(0, payload.write({number++, now_ns()}));
    }
    publishers->flush();
    return now_ns() + kLookAgainNs;
  });
  loop.run_for(warmup);
  uint64_t answers = publishers->answers();
  publishers->restart_latencies();
  Meter meter(target.processes);
  loop.run_for(seconds);
  meter.stop();
  auto published = static_cast<double>(publishers->answers() - answers);
  double p50 = publishers->latencies().quantile_ms(0.5);
  double p99 = publishers->latencies().quantile_ms(0.99);
  publish_more = false;
  wait_for_answers(loop, *publishers, faults);

  report.add("publishers", publishing.count);
  report.add("depth", publishing.depth);
  report.add("payload_bytes", payload_bytes);
  meter.add_to(report);
  report.add("publishes_per_second", published / meter.seconds());
  report.add("cpu_us_per_publish", meter.server_cpu_us() / published);
  report.add("latency_p50_ms", p50);
  report.add("latency_p99_ms", p99);
}

void run_batches(Options& options, Report& report, Faults& faults) {
  Target target(options);
  PublisherPool::Settings publishing;
  publishing.count = static_cast<size_t>(options.number("publishers", 8));
  auto payload_bytes = static_cast<size_t>(options.number("payload", 200));
  auto batch_events = static_cast<size_t>(options.number("batch", 256));
  auto events_max = static_cast<uint64_t>(options.number("events", 0));
  double warmup = options.real("warmup", events_max > 0 ? 0 : 1);
  double seconds = options.real("seconds", 5);
  options.refuse_unknown();

  // The body is built once: 51 KB of formatting per request would measure the generator. So all
  // batches are alike, and what is verified here is that every event is answered with a line of its
  // own.
  Payload payload(payload_bytes);
  std::string body;
  for (size_t i = 0; i < batch_events; ++i) {
    body.append("{\"topic\":\"").append(topic_name(i % 16)).append("\",\"data\":\"");
    body.append(payload.write({i, 0})).append("\"}\n");
  }

  EventLoop loop;
  auto publishers = PublisherPool::make(loop, target, publishing, faults);
  publishers->open_all();
  uint64_t batches = 0;
  bool publish_more = true;
  loop.set_pump([&] {
    while (publish_more && publishers->can_publish() &&
           (events_max == 0 || batches * batch_events < events_max)) {
      publishers->post(target.batch_path, "application/x-ndjson", body);
      ++batches;
    }
    publishers->flush();
    return now_ns() + kLookAgainNs;
  });
  loop.run_for(warmup);
  uint64_t lines = publishers->answer_lines();
  publishers->restart_latencies();
  Meter meter(target.processes);
  if (events_max > 0) {
    loop.run_until([&] { return publishers->answers() * batch_events >= events_max; },
                   now_ns() + seconds_to_ns(3600));
  } else {
    loop.run_for(seconds);
  }
  meter.stop();
  auto events = static_cast<double>(publishers->answer_lines() - lines);
  double p99 = publishers->latencies().quantile_ms(0.99);
  publish_more = false;
  wait_for_answers(loop, *publishers, faults);
  if (publishers->answer_lines() != batches * batch_events) {
    faults.add("of " + std::to_string(batches * batch_events) + " events " +
               std::to_string(publishers->answer_lines()) + " were answered");
  }

  report.add("publishers", publishing.count);
  report.add("batch_events", batch_events);
  report.add("payload_bytes", payload_bytes);
  meter.add_to(report);
  report.add("events", events);
  report.add("events_per_second", events / meter.seconds());
  report.add("cpu_us_per_event", meter.server_cpu_us() / events);
  report.add("latency_p99_ms", p99);
}

}  // namespace weir::bench
