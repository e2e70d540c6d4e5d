#include "common/process_stats.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/fatal.hpp"

namespace weir::bench {
namespace {

std::string process_folder(pid_t pid) { return "/proc/" + std::to_string(pid); }

}  // namespace

ProcessStats::ProcessStats(const std::string& pids) {
  std::istringstream list(pids);
  for (std::string pid; std::getline(list, pid, ',');) {
    pids_.push_back(static_cast<pid_t>(std::atol(pid.c_str())));
    if (!std::filesystem::exists(process_folder(pids_.back()))) fatal("no process " + pid);
  }
}

int64_t ProcessStats::cpu_ns() const {
  int64_t total = 0;
  for (pid_t pid : pids_) {
    std::error_code error;
    for (const auto& task :
         std::filesystem::directory_iterator(process_folder(pid) + "/task", error)) {
      int64_t run_time = 0;
      std::ifstream(task.path() / "schedstat") >> run_time;
      total += run_time;
    }
  }
  return total;
}

int64_t ProcessStats::private_bytes() const {
  int64_t kilobytes = 0;
  for (pid_t pid : pids_) {
    std::ifstream rollup(process_folder(pid) + "/smaps_rollup");
    for (std::string line; std::getline(rollup, line);) {
      if (line.starts_with("Private_")) kilobytes += std::atol(line.c_str() + line.find(':') + 1);
    }
  }
  return kilobytes * 1024;
}

int64_t tcp_memory_bytes() {
  std::ifstream stats("/proc/net/sockstat");
  for (std::string line; std::getline(stats, line);) {
    size_t at = line.find(" mem ");
    if (line.starts_with("TCP:") && at != std::string::npos) {
      return std::atol(line.c_str() + at + 5) * sysconf(_SC_PAGESIZE);
    }
  }
  return 0;
}

}  // namespace weir::bench
