#pragma once

#include <cstdint>

#include "common/report.hpp"
#include "load/target.hpp"

namespace weir::bench {

// Processor time and wall time between two moments: of the server, and of this generator, whose own
// share shows whether it was the bottleneck.
class Meter {
 public:
  explicit Meter(const ProcessStats& server) : server_(server) { start(); }

  void start();
  void stop();

  // Seconds since start(), while it runs.
  double elapsed() const;
  double seconds() const { return seconds_; }
  double server_cpu_us() const { return server_cpu_us_; }

  // Adds seconds, server_cpu_percent and generator_cpu_percent.
  void add_to(Report& report) const;

 private:
  static int64_t own_cpu_ns();

  const ProcessStats& server_;
  int64_t start_ns_ = 0;
  int64_t start_server_ns_ = 0;
  int64_t start_own_ns_ = 0;
  double seconds_ = 0;
  double server_cpu_us_ = 0;
  double own_cpu_us_ = 0;
};

}  // namespace weir::bench
