#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/blocking_queue.hpp"
#include "base/figure.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "base/tracing.hpp"
#include "client/http_client.hpp"
#include "client/interrupt.hpp"

namespace weir::telemetry {

/// Sends a tracer's spans to an OpenTelemetry collector by OTLP/HTTP, as JSON, about once a second.
/// A batch that the collector refuses for the moment (429, 502, 503, 504) or cannot be reached for
/// is tried again with the next ones, up to three times; then it is dropped and counted. Observing
/// never costs the observed more than `Tracer::kSpansMax` spans of memory.
class OtlpExporter {
 public:
  /// Starts the thread and enables the tracer, which outlives the exporter. kBadConfiguration for
  /// an endpoint that is no URL or a file of headers that cannot be read.
  static base::Result<std::unique_ptr<OtlpExporter>> start(const base::Settings& settings,
                                                           base::Tracer& tracer);
  /// Sends what waits, for a second at most, and ends.
  ~OtlpExporter();

  /// Any thread.
  void add_figures(std::vector<base::Figure>& out) const;

 private:
  OtlpExporter(client::Url server, client::Headers headers, std::string target,
               base::Tracer& tracer);

  void run();
  void export_waiting();
  bool send(const std::string& body, bool& again);

  client::Interrupt interrupt_;
  client::HttpClient client_;
  client::Headers headers_;
  std::string target_;
  std::string instance_;
  base::Tracer& tracer_;
  std::atomic<std::uint64_t> exported_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::vector<base::Span> batch_;  // What is being sent.
  int attempts_ = 0;
  bool failing_ = false;  // Said so in the log.
  base::BlockingQueue<int> stop_;
  std::thread thread_;
};

}  // namespace weir::telemetry
