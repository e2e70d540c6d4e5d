#include "api/doctor/doctor_streams.hpp"

#include <fmt/format.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "api/answer.hpp"
#include "api/query_number.hpp"
#include "base/check.hpp"
#include "proto/json.hpp"
#include "proto/sse_encode.hpp"

namespace weir::api {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A client that is gone, or a server that shuts down, is noticed after so long at the latest.
constexpr milliseconds kLook{500};
/// More than this on its way means that nobody reads; the stream then waits.
constexpr std::size_t kUnsentMax = 256 << 10;

/// Letters that no compression makes much of, in a comment before the frame.
std::string padding(base::Random& random, std::size_t bytes) {
  if (bytes < 3) return {};
  std::string out = ":";
  while (out.size() + 1 < bytes) {
    out.push_back(static_cast<char>('!' + random.below('~' - '!')));
  }
  out.push_back('\n');
  return out;
}

}  // namespace

struct DoctorStreams::Stream {
  Stream(std::shared_ptr<net::Exchange> with, const DoctorPlan& wanted, Clock::time_point now,
         std::atomic<std::uint64_t>& counted, StreamShare of_address)
      : exchange(std::move(with)),
        plan(wanted),
        started(now),
        due(now),
        open(counted),
        share(std::move(of_address)) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { open.fetch_sub(1, std::memory_order_relaxed); }

  std::shared_ptr<net::Exchange> exchange;
  DoctorPlan plan;
  Clock::time_point started;
  Clock::time_point due;
  std::uint32_t next = 1;
  std::atomic<std::uint64_t>& open;
  StreamShare share;
};

base::Result<DoctorPlan> DoctorPlan::read(const Call& call) {
  DoctorPlan plan;
  const auto count = query_number(call, "count", 1, kCountMax, plan.count);
  if (!count) return count.error();
  const auto interval = query_number(call, "interval", 5, kIntervalMaxMs, plan.interval_ms);
  if (!interval) return interval.error();
  const auto bytes = query_number(call, "bytes", 0, kBytesMax, plan.bytes);
  if (!bytes) return bytes.error();
  const auto pause = query_number(call, "pause", 0, kPauseMaxMs, plan.pause_ms);
  if (!pause) return pause.error();
  plan = {*count, *interval, *bytes, *pause};
  if (std::uint64_t{*count} * *bytes > kTotalBytesMax) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            fmt::format("count times bytes may be {}", kTotalBytesMax));
  }
  if (std::uint64_t{*count} * *interval + *pause > kTotalMs) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            fmt::format("all of it may take {} ms", kTotalMs));
  }
  return plan;
}

DoctorStreams::DoctorStreams(ServerStatus& status, std::uint64_t seed)
    : status_(status),
      random_(seed),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  WEIR_CHECK(timer_ >= 0, "no descriptor for a timer");
}

DoctorStreams::~DoctorStreams() { ::close(timer_); }

void DoctorStreams::add_routes(Router& router) {
  router.add("GET", "/v1/doctor/stream",
             {[this](const CallPtr& call) { open(call); }, {}, {}, {}, Audience::kEverybody});
}

void DoctorStreams::open(const CallPtr& call) {
  const auto plan = DoctorPlan::read(*call);
  if (!plan) return call->fail(plan.error());
  const auto limit = call->settings().doctor_streams_max;
  auto share = call->gate().share_of_address("doctor", call->head(), call->settings(),
                                             call->settings().doctor_streams_per_address);
  if (!share) {
    status_.doctor_refused.fetch_add(1, std::memory_order_relaxed);
    return call->fail(share.error());
  }
  if (status_.doctor_streams.fetch_add(1, std::memory_order_relaxed) >= limit) {
    status_.doctor_streams.fetch_sub(1, std::memory_order_relaxed);
    status_.doctor_refused.fetch_add(1, std::memory_order_relaxed);
    return call->fail(base::make_error(base::ErrorCode::kTooManyProbes,
                                       fmt::format("doctor_streams_max is {}", limit)));
  }
  auto stream = std::make_unique<Stream>(call->shared_exchange(), *plan, Clock::now(),
                                         status_.doctor_streams, std::move(*share));
  net::Response head;
  // As of an event stream of topics: what is measured here is what those get.
  head.set("Content-Type", "text/event-stream; charset=utf-8");
  head.set("Cache-Control", "no-cache, no-store, no-transform");
  head.set("X-Accel-Buffering", "no");
  add_common_headers(call->head(), call->settings(), head);
  call->exchange().abort_at_end_of_input();
  call->exchange().start_response(std::move(head));
  if (call->is_head()) return call->exchange().finish();
  const bool forwarded = !call->header("Via").empty() || !call->header("Forwarded").empty() ||
                         !call->header("X-Forwarded-For").empty();
  stream->exchange->write(proto::sse_control_frame(
      "doctor",
      fmt::format(R"({{"version":{},"http":"{}","forwarded":{},"keepalive_ms":{}}})",
                  proto::json_string(status_.version),
                  call->head().major_version == 2 ? std::string("2")
                                                  : fmt::format("1.{}", call->head().minor_version),
                  forwarded, call->settings().keepalive.count())));
  streams_.push_back(std::move(stream));
  arm();
}

void DoctorStreams::on_timer() {
  std::uint64_t expirations = 0;
  (void)!::read(timer_, &expirations, sizeof expirations);
  const auto now = Clock::now();
  std::erase_if(streams_, [&](const auto& stream) { return !serve(*stream, now); });
  arm();
}

bool DoctorStreams::serve(Stream& stream, Clock::time_point now) {
  auto& exchange = *stream.exchange;
  if (!exchange.alive()) return false;
  if (status_.draining()) {
    exchange.finish();
    return false;
  }
  if (stream.due > now) return true;
  if (exchange.unsent() > kUnsentMax) {
    stream.due = now + kLook;
    return true;
  }
  const auto micros = std::chrono::duration_cast<microseconds>(now - stream.started).count();
  const auto frame = proto::sse_control_frame(
      "probe",
      fmt::format(R"({{"n":{},"of":{},"us":{}}})", stream.next, stream.plan.count, micros));
  const std::size_t fill = stream.plan.bytes > frame.size() ? stream.plan.bytes - frame.size() : 0;
  exchange.write(padding(random_, fill) + frame);
  if (stream.next == stream.plan.count) {
    exchange.finish();
    return false;
  }
  ++stream.next;
  const bool last = stream.next == stream.plan.count;
  stream.due = now + milliseconds(last && stream.plan.pause_ms > 0 ? stream.plan.pause_ms
                                                                   : stream.plan.interval_ms);
  return true;
}

void DoctorStreams::arm() {
  itimerspec when{};
  if (!streams_.empty()) {
    const auto now = Clock::now();
    auto next = now + kLook;
    for (const auto& stream : streams_) next = std::min(next, stream->due);
    const auto left = std::max<std::chrono::nanoseconds>(next - now, microseconds(100));
    when.it_value = {.tv_sec = left.count() / 1'000'000'000,
                     .tv_nsec = left.count() % 1'000'000'000};
  }
  ::timerfd_settime(timer_, 0, &when, nullptr);
}

}  // namespace weir::api
