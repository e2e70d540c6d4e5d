#include "load/meter.hpp"

#include <time.h>

#include "common/clock.hpp"

namespace weir::bench {

int64_t Meter::own_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void Meter::start() {
  start_server_ns_ = server_.cpu_ns();
  start_own_ns_ = own_cpu_ns();
  start_ns_ = now_ns();
}

double Meter::elapsed() const { return ns_to_seconds(now_ns() - start_ns_); }

void Meter::stop() {
  seconds_ = elapsed();
  server_cpu_us_ = static_cast<double>(server_.cpu_ns() - start_server_ns_) / 1e3;
  own_cpu_us_ = static_cast<double>(own_cpu_ns() - start_own_ns_) / 1e3;
}

void Meter::add_to(Report& report) const {
  report.add("seconds", seconds_);
  report.add("server_cpu_percent", server_cpu_us_ / seconds_ / 1e4);
  report.add("generator_cpu_percent", own_cpu_us_ / seconds_ / 1e4);
}

}  // namespace weir::bench
