#include "log/backup.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/units.hpp"
#include "log/log_snapshot.hpp"
#include "log/sqlite_copy.hpp"
#include "log/whole_file.hpp"

namespace weir::log {
namespace {

using base::ErrorCode;

/// What is written is brought to the disk in pieces of this size, so that a commit's sync never
/// finds more than that of ours in front of it.
constexpr std::uint64_t kSyncBytes = 8ULL << 20;

std::uint64_t size_of(const std::string& file) {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(file, failed);
  return failed ? 0 : bytes;
}

/// Keeps to the rate by waiting.
class Pace {
 public:
  explicit Pace(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  void wait_for(std::uint64_t bytes) const {
    if (bytes_per_second_ == 0) return;
    const std::chrono::duration<double> due(static_cast<double>(bytes) /
                                            static_cast<double>(bytes_per_second_));
    std::this_thread::sleep_until(
        begun_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due));
  }

 private:
  std::uint64_t bytes_per_second_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

base::Result<> check_wal(const BackupRequest& request) {
  const auto bytes = size_of(request.data_dir + "/log.db-wal");
  if (bytes <= request.wal_bytes_max) return {};
  return base::make_error(
      ErrorCode::kBackupFailed,
      fmt::format("the write-ahead log has grown to {} while the log was copied, more than {}: "
                  "copy faster, or allow more",
                  base::format_bytes(bytes), base::format_bytes(request.wal_bytes_max)));
}

base::Result<> copy_pages(const BackupRequest& request, LogSnapshot& snapshot, WholeFile& file) {
  const Pace pace(request.bytes_per_second);
  std::uint64_t synced = 0;
  return copy_database(snapshot.database(), file.partial(),
                       [&](std::uint64_t done, std::uint64_t total) -> base::Result<> {
                         if (request.progress) request.progress(done, total);
                         if (request.stop && request.stop()) {
                           return base::make_error(ErrorCode::kBackupFailed, "it was stopped");
                         }
                         if (auto small = check_wal(request); !small) return small;
                         if (done - synced >= kSyncBytes) {
                           if (auto written = file.sync(); !written) return written;
                           synced = done;
                         }
                         pace.wait_for(done);
                         return {};
                       });
}

/// What was copied says of itself that a write-ahead log belongs to it; on its own it is one file.
base::Result<> make_one_file(const std::string& file) {
  auto database = SqliteDatabase::open(file, SqliteDatabase::Mode::kReadWrite, {});
  if (!database) return database.error();
  return (*database)->execute("PRAGMA journal_mode = DELETE");
}

}  // namespace

base::Result<BackupResult> back_up(const BackupRequest& request) {
  auto file = WholeFile::create(request.out);
  if (!file) return file.error();
  BackupResult result;
  {
    auto snapshot = LogSnapshot::open(place_of(request.data_dir).file);
    if (!snapshot) return snapshot.error();
    result.epoch = snapshot->inventory().record.epoch;
    result.head = snapshot->inventory().known();
    if (auto copied = copy_pages(request, *snapshot, *file); !copied) return copied.error();
  }
  if (auto made = make_one_file(file->partial()); !made) return made.error();
  auto check = check_log({file->partial(), {}}, request.stop);
  if (!check) return check.error();
  if (check->stopped) return base::make_error(ErrorCode::kBackupFailed, "it was stopped");
  result.check = std::move(*check);
  result.bytes = size_of(file->partial());
  const auto name = result.check.sound() ? request.out : request.out + ".damaged";
  if (auto named = file->publish(name); !named) return named.error();
  return result;
}

}  // namespace weir::log
