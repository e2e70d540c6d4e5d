#include "cli/doctor/examination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "cli/doctor/diagnosis.hpp"
#include "cli/terminal.hpp"
#include "client/problem.hpp"

namespace weir::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kSteadyCount = 20;
constexpr std::uint32_t kSteadyIntervalMs = 100;
constexpr std::uint32_t kRampCount = 160;
constexpr std::uint32_t kRampIntervalMs = 20;
constexpr std::uint32_t kRampBytes = 2'048;
/// Frames that come within so long of each other came together.
constexpr double kTogetherMs = 8;

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string code_of(const std::string& problem) {
  boost::system::error_code failed;
  const auto value = boost::json::parse(problem, failed);
  const auto* object = failed ? nullptr : value.if_object();
  const auto* code = object == nullptr ? nullptr : object->if_contains("code");
  if (code == nullptr || !code->is_string()) return {};
  return {code->get_string().data(), code->get_string().size()};
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  return values[at];
}

/// One examination on its way.
class Examination {
 public:
  Examination(const ServerAccess& server, const ServerAccess& with_http2,
              const ExaminationOptions& options, const client::Interrupt& interrupt)
      : server_(server), with_http2_(with_http2), options_(options), interrupt_(interrupt) {}

  Measurements run() {
    found_.url = server_.url.origin();
    found_.secure = server_.url.secure;
    negotiate();
    if (!steady()) return found_;
    // The longest silence goes on beside the rest.
    std::thread silence;
    StreamProbe idle;
    if (options_.idle.count() > 0) {
      silence = std::thread([&] { idle = probe_silence(); });
    }
    if (found_.held) ramp();
    compression();
    round_trips();
    connections();
    if (silence.joinable()) {
      options_.progress("waiting for the silence to end");
      silence.join();
      judge_silence(idle);
    }
    return found_;
  }

 private:
  StreamProbe probe(const std::string& query, client::Headers headers = {}) {
    return probe_stream(server_, {.query = query, .headers = std::move(headers)}, interrupt_);
  }

  void negotiate() {
    if (!server_.url.secure) return;
    options_.progress("asking for HTTP/2");
    auto connection = client::Connection::open(server_.url, milliseconds(10'000),
                                               with_http2_.connection, &interrupt_);
    if (!connection) return;  // The stream will say why.
    found_.alpn = connection->tls()->protocol();
    found_.tls_version = connection->tls()->version();
  }

  /// False if there is no stream to measure.
  bool steady() {
    options_.progress("following a stream");
    const auto first = probe(fmt::format("count={}&interval={}", kSteadyCount, kSteadyIntervalMs));
    if (!first.head) {
      found_.unreachable = first.error ? describe(*first.error) : "no answer";
      return false;
    }
    found_.status = first.head->status;
    found_.http_minor = first.head->minor_version;
    found_.connect_ms = first.connect_ms;
    found_.first_byte_ms = first.first_byte_ms;
    auto server = first.header("Server");
    if (server.starts_with("weir")) server.clear();  // What stands in front has left it as it was.
    const auto via = first.header("Via");
    found_.product = product_of(server, via, !first.header("CF-Ray").empty());
    found_.product_text = printable(server.empty() ? via : server);
    found_.cached = !first.header("Age").empty();
    if (!first.is_stream()) {
      found_.refusal = code_of(first.body);
      return false;
    }
    found_.server_http = first.server_http;
    found_.forwarded = first.forwarded;
    if (first.keepalive_ms) found_.keepalive_ms = *first.keepalive_ms;
    found_.broken_off = !first.complete;
    judge_frames(first, kSteadyCount, kSteadyIntervalMs, found_);
    return true;
  }

  void ramp() {
    options_.progress("finding out how much is held back");
    const auto ramped = probe(
        fmt::format("count={}&interval={}&bytes={}", kRampCount, kRampIntervalMs, kRampBytes));
    found_.held_tested_bytes = std::size_t{kRampCount} * kRampBytes;
    found_.held_bytes = bytes_held(ramped);
  }

  void compression() {
    options_.progress("asking for compression");
    const auto packed = probe("count=20&interval=50", {{"Accept-Encoding", "gzip, br, zstd"}});
    if (!packed.is_stream()) return;
    found_.compression = packed.header("Content-Encoding");
    constexpr std::size_t kMomentsLeast = 5;  // Of 20, where nothing holds them up.
    found_.compression_holds = !found_.compression.empty() && packed.moments < kMomentsLeast;
  }

  void round_trips() {
    options_.progress("measuring the round trip");
    client::HttpClient client(server_.url, {}, &interrupt_, server_.connection);
    std::vector<double> times;
    for (int i = 0; i < 6; ++i) {
      const auto start = Clock::now();
      client::Request request{
          .target = client::with_path(server_.url, "/v1/doctor/stream?count=0").target,
          .headers = server_.headers};
      // Refused, which is the shortest answer there is, and opens no stream.
      if (!client.fetch(request)) return;
      if (i > 0) times.push_back(since(start));  // The first one connects.
    }
    found_.round_trip_ms = percentile(std::move(times), 0.5);
  }

  StreamProbe probe_silence() {
    const auto pause = options_.idle.count();
    return probe_stream(server_,
                        {.query = fmt::format("count=2&interval=5&pause={}", pause),
                         .silence = options_.idle + milliseconds(10'000)},
                        interrupt_);
  }

  void judge_silence(const StreamProbe& idle) {
    if (!idle.is_stream() || interrupt_.triggered()) return;
    found_.idle_tested_ms = static_cast<double>(options_.idle.count());
    const bool whole = idle.complete && idle.frames.size() == 2;
    if (whole) return;
    // From the last sign of life on; a frame that was held counts from the beginning.
    const double alive = idle.frames.empty() ? 0 : idle.frames.back().arrived_ms;
    found_.cut_after_ms = idle.end_ms - alive;
  }

  /// Opens one stream after the other, and keeps them open, until one is not granted.
  void connections() {
    if (options_.connections == 0) return;
    options_.progress("opening streams at once");
    std::vector<std::unique_ptr<client::HttpClient>> open;
    for (std::uint32_t i = 0; i < options_.connections && !interrupt_.triggered(); ++i) {
      ++found_.connections_tried;
      auto client = std::make_unique<client::HttpClient>(
          server_.url, client::Timeouts{.connect = milliseconds(3'000)}, &interrupt_,
          server_.connection);
      std::string body;
      client::Request request{.target = probe_target(server_.url, "count=2&pause=30000"),
                              .headers = server_.headers};
      auto result = client->begin(request, [&body](std::string_view piece) {
        if (body.size() < 4'096) body.append(piece);
      });
      // A stream that is held up has no head before its end: what counts is that it is not refused.
      const milliseconds patience(found_.held ? 300 : 3'000);
      while (result && client->head() == nullptr) {
        const auto more = client->receive(patience);
        if (!more) result = more.error();
      }
      const auto* head = client->head();
      if (head == nullptr && found_.held && result.has_error()) {
        found_.connections_tried = 0;  // Cannot be told.
        found_.connections_granted = 0;
        return;
      }
      if (head == nullptr || head->status != 200) {
        for (bool more = head != nullptr; more;) {
          const auto received = client->receive(milliseconds(1'000));
          more = received && *received;
        }
        found_.connections_refused_by_weir = !code_of(body).empty();
        return;
      }
      ++found_.connections_granted;
      open.push_back(std::move(client));
    }
  }

  const ServerAccess& server_;
  const ServerAccess& with_http2_;
  const ExaminationOptions& options_;
  const client::Interrupt& interrupt_;
  Measurements found_;
};

}  // namespace

void judge_frames(const StreamProbe& probe, std::uint32_t sent, double interval_ms,
                  Measurements& found) {
  found.frames_sent = sent;
  std::set<std::uint32_t> seen;
  std::uint32_t last = 0;
  std::vector<double> delays;
  for (const auto& frame : probe.frames) {
    if (!seen.insert(frame.number).second) {
      ++found.duplicated;
      continue;
    }
    if (frame.number < last) ++found.reordered;
    last = std::max(last, frame.number);
    delays.push_back(frame.arrived_ms - frame.sent_ms);
  }
  // What a stream that broke off did not bring is not lost on the way.
  const auto expected = probe.complete ? sent : last;
  found.lost =
      expected - std::min<std::uint32_t>(expected, static_cast<std::uint32_t>(seen.size()));
  if (delays.empty()) return;
  const double least = *std::min_element(delays.begin(), delays.end());
  for (double& delay : delays) delay -= least;
  found.delay_median_ms = percentile(delays, 0.5);
  found.delay_p99_ms = percentile(delays, 0.99);
  // One slow moment of a network is not a buffer: that delays frame after frame.
  const double late = 2.5 * interval_ms;
  const auto held = std::count_if(delays.begin(), delays.end(), [&](double d) { return d > late; });
  found.held = held * 3 > static_cast<std::ptrdiff_t>(delays.size());
  found.held_ms = *std::max_element(delays.begin(), delays.end());
}

std::optional<std::size_t> bytes_held(const StreamProbe& probe) {
  // Sizes of what came together; the last lot is what the end set free.
  std::vector<std::size_t> lots;
  double before = -1e9;
  for (const auto& frame : probe.frames) {
    if (frame.arrived_ms - before > kTogetherMs) lots.push_back(0);
    lots.back() += frame.bytes;
    before = frame.arrived_ms;
  }
  if (lots.size() < 2) return std::nullopt;
  lots.pop_back();
  return *std::max_element(lots.begin(), lots.end());
}

Measurements examine(const ServerAccess& server, const ServerAccess& with_http2,
                     const ExaminationOptions& options, const client::Interrupt& interrupt) {
  return Examination(server, with_http2, options, interrupt).run();
}

}  // namespace weir::cli
