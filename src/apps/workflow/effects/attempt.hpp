#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "apps/workflow/effects/effect.hpp"
#include "apps/workflow/effects/masker.hpp"
#include "base/settings.hpp"
#include "client/interrupt.hpp"

namespace weir::apps::workflow {

/// An attempt while the runner has it. The runner's thread changes it; a worker that runs it reads
/// what was there before it began, and the interrupt.
struct Attempt {
  EffectRequest request;
  std::shared_ptr<EffectSink> sink;
  Masker masker;
  std::shared_ptr<const base::Settings> settings;
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  /// Made when it runs: what waits has no descriptor.
  std::unique_ptr<client::Interrupt> interrupt = {};
  std::uint64_t process = 0;  ///< Of Processes; 0: it is none.
  bool running = false;
  bool cancelled = false;
  bool timed_out = false;
};
using AttemptPtr = std::shared_ptr<Attempt>;

/// Attempts of one kind, of which so many run at once.
struct Lane {
  std::deque<AttemptPtr> waiting;
  std::uint32_t running = 0;
};

}  // namespace weir::apps::workflow
