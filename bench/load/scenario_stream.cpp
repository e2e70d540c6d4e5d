#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <deque>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/socket.hpp"
#include "load/event_loop.hpp"
#include "load/meter.hpp"
#include "load/payload.hpp"
#include "load/response_reader.hpp"
#include "load/scenarios.hpp"

namespace weir::bench {
namespace {

constexpr double kDrainSeconds = 30;

// One POST that does not end while events flow: each chunk of the request holds a batch of NDJSON
// lines, and the answers come back line by line while the request goes on.
class LineStream : public Handler {
 public:
  LineStream(EventLoop& loop, const Target& target, const std::string& chunk, uint64_t chunk_lines,
             uint64_t window_lines, Faults& faults)
      : loop_(loop),
        target_(target),
        chunk_(chunk),
        chunk_lines_(chunk_lines),
        window_lines_(window_lines),
        faults_(faults),
        responses_({.on_body = [this](std::string_view body) { count_lines(body); },
                    .on_response = [this](int status) { on_response(status); }}),
        buffer_(256 * 1024) {
    out_ = "POST " + target_.batch_path +
           " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-ndjson\r\n"
           "Transfer-Encoding: chunked\r\n\r\n";
    descriptor_ = start_connect(target_.address, 0);
    loop_.add(descriptor_, EPOLLIN | EPOLLOUT, this);
  }
  ~LineStream() override { close_by_reset(descriptor_); }

  void on_ready(uint32_t events) override {
    if ((events & EPOLLERR) != 0) fatal("a stream of events was refused or reset");
    if ((events & EPOLLIN) != 0) read_answers();
    fill();
  }

  // Ends the request after what has been begun.
  void finish() {
    finishing_ = true;
    fill();
  }

  bool finished() const { return finished_; }
  uint64_t sent() const { return sent_; }
  uint64_t answered() const { return answered_; }

 private:
  void fill() {
    if (!finishing_ && out_.size() < chunk_.size() && sent_ - answered_ < window_lines_) {
      out_.append(chunk_);
      sent_ += chunk_lines_;
    }
    if (finishing_ && !ended_) {
      out_.append("0\r\n\r\n");
      ended_ = true;
    }
    if (!out_.empty()) {
      ssize_t written = send(descriptor_, out_.data(), out_.size(), MSG_NOSIGNAL);
      if (written < 0 && errno != EAGAIN) fatal_errno("a stream of events broke");
      if (written > 0) out_.erase(0, static_cast<size_t>(written));
    }
    bool may_add = !finishing_ && sent_ - answered_ < window_lines_;
    bool writing = !out_.empty() || may_add;
    loop_.modify(descriptor_, writing ? EPOLLIN | EPOLLOUT : EPOLLIN, this);
  }

  void read_answers() {
    ssize_t got = recv(descriptor_, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) fatal("the server closed a stream of events");
    if (!responses_.read(buffer_.data(), static_cast<size_t>(got))) {
      fatal("the answer to a stream of events is not HTTP");
    }
  }

  void count_lines(std::string_view body) {
    answered_ += static_cast<uint64_t>(std::count(body.begin(), body.end(), '\n'));
  }

  void on_response(int status) {
    if (status != 200) faults_.add("a stream of events was answered " + std::to_string(status));
    if (!finishing_) fatal("a stream of events was answered before its end");
    finished_ = true;
  }

  EventLoop& loop_;
  const Target& target_;
  const std::string& chunk_;
  uint64_t chunk_lines_;
  uint64_t window_lines_;
  Faults& faults_;
  ResponseReader responses_;
  std::vector<char> buffer_;
  int descriptor_ = -1;
  std::string out_;
  uint64_t sent_ = 0;
  uint64_t answered_ = 0;
  bool finishing_ = false;
  bool ended_ = false;
  bool finished_ = false;
};

std::string make_chunk(size_t events, size_t payload_bytes) {
  Payload payload(payload_bytes);
  std::string lines;
  for (size_t i = 0; i < events; ++i) {
    lines.append("{\"topic\":\"").append(topic_name(i % 16)).append("\",\"data\":\"");
    lines.append(payload.write({i, 0})).append("\"}\n");
  }
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", lines.size());
  return size + lines + "\r\n";
}

}  // namespace

void run_stream(Options& options, Report& report, Faults& faults) {
  Target target(options);
  auto connections = static_cast<size_t>(options.number("publishers", 8));
  auto payload_bytes = static_cast<size_t>(options.number("payload", 200));
  auto batch_events = static_cast<size_t>(options.number("batch", 256));
  auto window = static_cast<uint64_t>(options.number("window", 1024));
  double warmup = options.real("warmup", 1);
  double seconds = options.real("seconds", 5);
  options.refuse_unknown();
  if (target.tls) fatal("an endless request over TLS is not measured");

  EventLoop loop;
  std::string chunk = make_chunk(batch_events, payload_bytes);
  std::deque<LineStream> streams;
  for (size_t i = 0; i < connections; ++i) {
    streams.emplace_back(loop, target, chunk, batch_events, window, faults);
  }
  auto total = [&](uint64_t (LineStream::*count)() const) {
    uint64_t sum = 0;
    for (const LineStream& stream : streams) sum += (stream.*count)();
    return sum;
  };
  loop.run_for(warmup);
  uint64_t before = total(&LineStream::answered);
  Meter meter(target.processes);
  loop.run_for(seconds);
  meter.stop();
  auto events = static_cast<double>(total(&LineStream::answered) - before);
  for (LineStream& stream : streams) stream.finish();
  loop.run_until(
      [&] {
        return std::all_of(streams.begin(), streams.end(),
                           [](const LineStream& stream) { return stream.finished(); });
      },
      now_ns() + seconds_to_ns(kDrainSeconds));
  if (total(&LineStream::sent) != total(&LineStream::answered)) {
    faults.add("of " + std::to_string(total(&LineStream::sent)) + " events " +
               std::to_string(total(&LineStream::answered)) + " were answered");
  }

  report.add("publishers", connections);
  report.add("batch_events", batch_events);
  report.add("payload_bytes", payload_bytes);
  meter.add_to(report);
  report.add("events_per_second", events / meter.seconds());
  report.add("cpu_us_per_event", meter.server_cpu_us() / events);
}

}  // namespace weir::bench
