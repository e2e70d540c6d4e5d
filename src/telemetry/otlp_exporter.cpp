#include "telemetry/otlp_exporter.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <utility>

#include "base/logging.hpp"
#include "base/refusal.hpp"
#include "base/version.hpp"
#include "client/url.hpp"
#include "telemetry/otlp_json.hpp"

namespace weir::telemetry {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = 1s;
constexpr int kAttemptsMax = 3;
constexpr std::size_t kAnswerBytesMax = 64 * 1024;
// What the last export at the server's end may take.
constexpr client::Timeouts kTimeouts{.connect = 1s, .silence = 5s};

/// Lines of `Name: value`; empty ones and those that begin with # say nothing.
base::Result<client::Headers> read_headers(const std::string& path) {
  client::Headers headers;
  if (path.empty()) return headers;
  std::ifstream file(path);
  if (!file) return base::bad_configuration("otlp_headers_file: '" + path + "' cannot be read");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    const auto colon = line.find(':');
    const auto value = colon == line.npos ? line.npos : line.find_first_not_of(' ', colon + 1);
    // The line itself may be a secret: it is not shown.
    if (colon == 0 || value == line.npos) {
      return base::bad_configuration("otlp_headers_file: '" + path +
                                     "' has a line that is not 'Name: value'");
    }
    headers.emplace_back(line.substr(0, colon), line.substr(value));
  }
  return headers;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "unknown";
}

}  // namespace

base::Result<std::unique_ptr<OtlpExporter>> OtlpExporter::start(const base::Settings& settings,
                                                                base::Tracer& tracer) {
  const auto url = client::parse_url(settings.otlp_endpoint);
  if (!url) return base::bad_configuration("otlp_endpoint: " + url.error().detail);
  auto headers = read_headers(settings.otlp_headers_file);
  if (!headers) return headers.error();
  headers->emplace_back("Content-Type", "application/json");
  auto target = client::with_path(*url, "/v1/traces").target;
  std::unique_ptr<OtlpExporter> exporter(
      new OtlpExporter(*url, std::move(*headers), std::move(target), tracer));
  tracer.enable(settings.trace_one_in);
  exporter->thread_ = std::thread([raw = exporter.get()] { raw->run(); });
  return exporter;
}

OtlpExporter::OtlpExporter(client::Url server, client::Headers headers, std::string target,
                           base::Tracer& tracer)
    : client_(std::move(server), kTimeouts, &interrupt_),
      headers_(std::move(headers)),
      target_(std::move(target)),
      instance_(host_name() + ":" + std::to_string(::getpid())),
      tracer_(tracer) {}

OtlpExporter::~OtlpExporter() {
  tracer_.disable();
  stop_.close();
  if (thread_.joinable()) thread_.join();
}

void OtlpExporter::run() {
  while (!stop_.closed()) {
    stop_.wait_for(kPeriod);
    export_waiting();
  }
}

void OtlpExporter::export_waiting() {
  if (batch_.empty()) {
    batch_ = tracer_.take();
    attempts_ = 0;
  }
  if (batch_.empty()) return;
  bool again = false;
  ++attempts_;
  if (send(otlp_json(batch_, base::version(), instance_), again)) {
    exported_ += batch_.size();
    if (std::exchange(failing_, false)) base::log_info("traces.export_recovered", "");
  } else {
    ++failures_;
    if (again && attempts_ < kAttemptsMax) return;  // With the next period.
    dropped_ += batch_.size();
  }
  batch_.clear();
}

bool OtlpExporter::send(const std::string& body, bool& again) {
  // A span that comes twice is the same one by its id.
  const auto answer = client_.fetch(
      {.method = "POST", .target = target_, .headers = headers_, .body = body, .repeatable = true},
      kAnswerBytesMax);
  const int status = answer ? answer->head.status : 0;
  if (status >= 200 && status < 300) return true;
  again = status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
  if (!std::exchange(failing_, true)) {
    if (answer) {
      base::log_warning("traces.export_failed", "status={}", status);
    } else {
      base::log_warning("traces.export_failed", "error=\"{}\"", answer.error().message());
    }
  }
  return false;
}

void OtlpExporter::add_figures(std::vector<base::Figure>& out) const {
  out.push_back({"weir_trace_spans_total", true, "Spans recorded.", tracer_.recorded()});
  out.push_back({"weir_trace_spans_exported_total", true, "Spans that the collector took.",
                 exported_.load()});
  out.push_back({"weir_trace_spans_dropped_total", true,
                 "Spans dropped: too many waited, or the collector did not take them.",
                 dropped_.load() + tracer_.dropped()});
  out.push_back({"weir_trace_export_failures_total", true, "Exports of spans that failed.",
                 failures_.load()});
}

}  // namespace weir::telemetry
