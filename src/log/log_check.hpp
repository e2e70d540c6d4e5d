#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "log/log_report.hpp"

namespace weir::log {

/// What reading all of a log found.
struct CheckResult {
  /// What is wrong, one sentence each; at most kFindingsMax, and then how many more.
  std::vector<std::string> damage;
  /// What is worth knowing but mends itself: the topic index is rebuilt from the log.
  std::vector<std::string> notes;
  std::uint64_t rows = 0;
  std::uint64_t events = 0;
  bool stopped = false;  ///< Asked to, before the end.

  bool sound() const { return damage.empty() && !stopped; }
};

inline constexpr std::size_t kFindingsMax = 20;

/// Reads the whole log as it is now and compares: SQLite's own structure, every row's checksum and
/// events, the order of the rows, the totals, the index of namespaces, and each topic's entries in
/// the topic index with the events that are there. Changes nothing; beside a running server or not.
/// Errors only where there is nothing to read (as LogSnapshot::open). Takes about 100 bytes of
/// memory a topic. Blocks; `stop` is asked at every row.
base::Result<CheckResult> check_log(const LogPlace& place, const std::function<bool()>& stop = {});

}  // namespace weir::log
