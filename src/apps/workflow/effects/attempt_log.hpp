#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/workflow/effects/effect.hpp"
#include "apps/workflow/effects/masker.hpp"
#include "apps/workflow/effects/text_stream.hpp"

namespace weir::apps::workflow {

/// The log of an attempt on its way to the sink: bounded, all streams together. One thread at a
/// time.
class AttemptLog {
 public:
  AttemptLog(EffectSink& sink, std::uint64_t bytes_max) : sink_(&sink), left_(bytes_max) {}

  /// Masked and well-formed text.
  void write(std::string_view stream, std::string_view text);
  /// Whether anything was left out.
  bool cut() const { return cut_; }

 private:
  EffectSink* sink_;
  std::uint64_t left_;
  bool cut_ = false;
};

/// Progress on its way to the sink, at most ten times a second: what came last counts. One thread
/// at a time.
class ProgressPace {
 public:
  explicit ProgressPace(EffectSink& sink) : sink_(&sink) {}

  /// `percent` is brought between 0 and 100, the message cut at 1 KiB.
  void report(double percent, std::string_view message);
  /// Tells what was held back; before the sink's `done`.
  void flush();

 private:
  using Clock = std::chrono::steady_clock;

  EffectSink* sink_;
  Clock::time_point next_{};
  std::optional<std::pair<double, std::string>> held_;
};

/// Finds the lines `::progress PERCENT TEXT` in a text that comes in pieces.
class ProgressLines {
 public:
  explicit ProgressLines(ProgressPace& pace) : pace_(&pace) {}
  void feed(std::string_view text);

 private:
  void take(std::string_view line);

  ProgressPace* pace_;
  std::string line_;  ///< As far as it has come; no more of it than can be such a line.
};

/// One stream of what an attempt says, from bytes to the log: made well-formed, masked, its end
/// kept. What it is given outlives it. One thread at a time.
class LogStream {
 public:
  LogStream(std::string name, AttemptLog& log, const Masker& masker, std::size_t tail_bytes_max,
            ProgressPace* progress = nullptr);

  void feed(std::string_view bytes);
  void finish();
  const TextTail& tail() const { return tail_; }

 private:
  void pass_on(std::string_view text);

  std::string name_;
  AttemptLog* log_;
  Utf8Stream utf8_;
  MaskedStream masked_;
  TextTail tail_;
  std::optional<ProgressLines> progress_;
};

}  // namespace weir::apps::workflow
