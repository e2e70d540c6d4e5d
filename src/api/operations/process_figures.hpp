#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace weir::api {

/// What the kernel tells of this process. Nothing is opened to ask it, so that the figures are
/// right when descriptors have run out, which is when they are looked at. Any thread; never blocks
/// on another.
class ProcessFigures {
 public:
  ProcessFigures();
  ~ProcessFigures();
  ProcessFigures(const ProcessFigures&) = delete;
  ProcessFigures& operator=(const ProcessFigures&) = delete;

  /// 0 without /proc.
  std::uint64_t resident_bytes() const;
  /// Processor time of all threads, in the program and in the kernel for it.
  static std::chrono::microseconds processor_time();
  /// 0 without /proc. Before Linux 6.2 it may be a second old, or older where there are very many.
  std::uint64_t open_descriptors(base::Clock::Steady now) const;

 private:
  int statm_;
  int descriptors_;
  // For kernels that do not say how many there are: the last count, and when it may be made again.
  mutable std::atomic<std::uint64_t> listed_{0};
  mutable std::atomic<base::Clock::Steady> list_again_{};
  mutable std::atomic<bool> listing_{false};

  std::uint64_t list_descriptors(base::Clock::Steady now) const;
};

/// How many names an open directory holds, without "." and "..", or nothing if it cannot be read.
/// Reads it from its beginning; one thread at a time for one descriptor.
std::optional<std::uint64_t> count_entries(int directory);

}  // namespace weir::api
