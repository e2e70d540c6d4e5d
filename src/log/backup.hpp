#pragma once

// Copies of a log: made beside the running server, and taken back.
//
// A backup is one SQLite file, complete in itself, with everything that the data directory has of
// the log at one moment; the topic index is not in it, because it is made again from the log.

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "log/log_check.hpp"

namespace weir::log {

struct BackupRequest {
  std::string data_dir;
  std::string out;                               ///< Must not be there yet.
  std::uint64_t bytes_per_second = 64ULL << 20;  ///< At most so fast; 0: as fast as it can.
  /// The server's write-ahead log cannot begin anew while it is copied; where it grows larger than
  /// this the backup gives up rather than filling the disk.
  std::uint64_t wal_bytes_max = 4ULL << 30;
  std::function<bool()> stop = {};  ///< Asked often; true ends it.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = {};  ///< In bytes.
};

struct BackupResult {
  base::Epoch epoch;
  base::Sequence head;  ///< Everything acknowledged when the backup began is at or before it.
  std::uint64_t bytes = 0;
  CheckResult check;  ///< Of the copy.
};

/// Copies the log as it is when this begins, while a server writes to it or not, then reads the
/// copy again and checks it. The copy has its name only once all of it is on the disk; one with
/// damage (that the log has, too, or its disk) is named `out`.damaged and is no error.
/// kBackupFailed, kStorageFull, or as LogSnapshot::open. Blocks; one thread.
base::Result<BackupResult> back_up(const BackupRequest& request);

struct RestoreRequest {
  std::string backup;
  std::string data_dir;  ///< Empty, or not there yet.
  /// What the restored log is known by. The backup's own must only be kept where nothing was
  /// acknowledged after it was made: otherwise positions that clients have seen stand for other
  /// events.
  bool same_epoch = false;
  base::Epoch new_epoch;       ///< Otherwise.
  bool accept_damage = false;  ///< Restore what there is of a damaged backup.
  std::function<bool()> stop = {};
};

struct RestoreResult {
  base::Epoch epoch;
  base::Sequence head;
  CheckResult check;
};

/// Checks the backup, then makes a data directory of it. kBackupFailed when the directory holds
/// anything or the backup is damaged; kDataDirectoryLocked when a server has it. Where root does
/// it, the files get the directory's owner. Blocks; one thread.
base::Result<RestoreResult> restore(const RestoreRequest& request, const base::Clock& clock);

}  // namespace weir::log
