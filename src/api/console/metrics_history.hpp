#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "base/guarded.hpp"

namespace weir::api {

/// The newest samples of the server's figures, as JSON. Any thread.
class MetricsHistory {
 public:
  /// From one sample to the next.
  static constexpr std::chrono::milliseconds kInterval{1'000};

  using Sample = std::shared_ptr<const std::string>;
  using Samples = std::deque<Sample>;

  /// Keeps the newest `most`.
  void add(Sample sample, std::size_t most) {
    samples_.with([&](Samples& samples) {
      samples.push_back(std::move(sample));
      while (samples.size() > most) samples.pop_front();
    });
  }

  /// Oldest first.
  Samples all() const {
    return samples_.with([](const Samples& samples) { return samples; });
  }

 private:
  base::Guarded<Samples> samples_;
};

}  // namespace weir::api
