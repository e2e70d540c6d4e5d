#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/operations/operations.hpp"
#include "api/router.hpp"
#include "base/random.hpp"

namespace weir::api {

/// What a probing stream is asked to do, from the query; all of it bounded.
struct DoctorPlan {
  static constexpr std::uint32_t kCountMax = 10'000;
  static constexpr std::uint32_t kBytesMax = 65'536;  ///< Of a frame.
  static constexpr std::uint32_t kIntervalMaxMs = 60'000;
  static constexpr std::uint32_t kPauseMaxMs = 900'000;
  static constexpr std::uint64_t kTotalBytesMax = 16 << 20;
  static constexpr std::uint64_t kTotalMs = 1'200'000;

  std::uint32_t count = 20;         ///< Frames.
  std::uint32_t interval_ms = 100;  ///< Between two of them, from 5.
  std::uint32_t bytes = 0;          ///< A frame is filled up to so many.
  std::uint32_t pause_ms = 0;       ///< Silence before the last one.

  /// kBadRequest.
  static base::Result<DoctorPlan> read(const Call& call);
};

/// `GET /v1/doctor/stream`: numbered frames with the server's time, sent in a given rhythm, so that
/// `weir doctor` can see what the way between the two does to a stream. Needs no topic and reads no
/// log. One per shard; its thread only. At most `doctor_streams_max` at once, over all shards, and
/// `doctor_streams_per_address` of one address.
///
/// Time comes from a timerfd: with no stream open nothing wakes.
class DoctorStreams {
 public:
  DoctorStreams(ServerStatus& status, std::uint64_t seed);
  ~DoctorStreams();
  DoctorStreams(const DoctorStreams&) = delete;
  DoctorStreams& operator=(const DoctorStreams&) = delete;

  void add_routes(Router& router);
  /// To be watched for readability; then call `on_timer`.
  int descriptor() const { return timer_; }
  void on_timer();

 private:
  using Clock = std::chrono::steady_clock;
  struct Stream;

  void open(const CallPtr& call);
  /// False once the stream is over.
  bool serve(Stream& stream, Clock::time_point now);
  void arm();

  ServerStatus& status_;
  base::Random random_;
  int timer_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace weir::api
