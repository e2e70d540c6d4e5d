#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "cli/doctor/measurements.hpp"
#include "cli/doctor/stream_probe.hpp"
#include "cli/server_options.hpp"

namespace weir::cli {

struct ExaminationOptions {
  std::chrono::milliseconds idle{20'000};  ///< The longest silence to try; 0: none.
  std::uint32_t connections = 20;          ///< Streams to open at once; 0: none.
  std::function<void(std::string_view)> progress = [](std::string_view) {};
};

/// Measures the way to a server, from here: takes about five seconds, and as long as `idle` where
/// that is more. Every probe is bounded, in time and in number. Blocks; ends early, with what there
/// is, when the interrupt is triggered.
Measurements examine(const ServerAccess& server, const ServerAccess& with_http2,
                     const ExaminationOptions& options, const client::Interrupt& interrupt);

// Its parts that only calculate.

/// What the frames of a steady stream tell of loss, order and delay.
void judge_frames(const StreamProbe& probe, std::uint32_t sent, double interval_ms,
                  Measurements& found);
/// About how many bytes came together, of a stream that was held up; absent: all of them at once.
std::optional<std::size_t> bytes_held(const StreamProbe& probe);

}  // namespace weir::cli
