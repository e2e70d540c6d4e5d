#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "log/log.hpp"

namespace weir::log {

struct NamespaceReport {
  std::string name;  ///< Empty: the default one.
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;                   ///< As stored.
  std::optional<base::UnixMillis> oldest{};  ///< When its oldest retained commit was made.
};

/// What can be said of a log from outside.
struct LogReport {
  std::string file;
  std::int64_t version = 0;  ///< Of the tables.
  base::Epoch epoch;
  base::Sequence head;   ///< Where the log goes on behind.
  base::Sequence floor;  ///< Everything up to here is gone.
  bool clean = false;    ///< Closed in good order; false while a server has it.
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;  ///< Of retained commits, as stored.
  std::optional<base::UnixMillis> oldest{};
  std::optional<base::UnixMillis> newest{};
  std::vector<NamespaceReport> namespaces;  ///< The default one first, then by name.
  std::uint64_t topics = 0;
  std::vector<TopicInfo> largest;  ///< By bytes, descending.
  std::uint64_t trimmed_topics = 0;
  std::uint64_t closed_topics = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t free_bytes = 0;  ///< Of the file: for commits to come.
  std::uint64_t wal_bytes = 0;
  std::uint64_t index_bytes = 0;
  std::string index_note;             ///< Why the topic index was not used; empty: it was.
  std::optional<std::string> holder;  ///< The server that has it open, as it names itself.
};

struct LogPlace {
  std::string file;       ///< The log's database.
  std::string directory;  ///< The data directory; empty: a backup, which is one file.

  std::string index_file() const { return directory.empty() ? "" : directory + "/topics.db"; }
};

/// What a path on the command line stands for: a data directory, or a backup.
LogPlace place_of(const std::string& path);

/// Looks at a log without changing it, beside a running server or not; `largest_max` topics at
/// most. Errors as LogSnapshot::open. Blocks: not for a shard's thread.
base::Result<LogReport> report_log(const LogPlace& place, std::size_t largest_max);

}  // namespace weir::log
