#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace weir::bench {

// What the kernel charges to a set of processes: the server under test, which may be several (a
// master and its worker).
class ProcessStats {
 public:
  // Ids separated by commas; an empty text is an empty set, whose figures are all zero.
  explicit ProcessStats(const std::string& pids);

  // User + system time of all threads in nanoseconds: the run time of the scheduler's own account
  // (/proc/<pid>/task/*/schedstat), finer than the 10 ms ticks of /proc/<pid>/stat. Work that the
  // kernel does in softirqs on the back of a thread's system call is in it, unless the kernel
  // accounts interrupts apart.
  int64_t cpu_ns() const;

  // Memory that belongs to these processes alone, in bytes: the Private_* lines of
  // /proc/<pid>/smaps_rollup.
  int64_t private_bytes() const;

 private:
  std::vector<pid_t> pids_;
};

// Kernel memory of all TCP sockets of the machine in bytes, from /proc/net/sockstat.
int64_t tcp_memory_bytes();

}  // namespace weir::bench
