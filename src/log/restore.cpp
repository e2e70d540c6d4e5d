#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "log/backup.hpp"
#include "log/data_directory.hpp"
#include "log/log_snapshot.hpp"
#include "log/sqlite_copy.hpp"
#include "log/whole_file.hpp"

namespace weir::log {
namespace {

using base::ErrorCode;

/// A lock file alone is what a server leaves that was never given anything to keep.
base::Result<> must_be_empty(const std::string& directory) {
  std::error_code failed;
  for (std::filesystem::directory_iterator at(directory, failed), end; !failed && at != end;
       at.increment(failed)) {
    const auto name = at->path().filename().string();
    if (name == "lock") continue;
    return base::make_error(
        ErrorCode::kBackupFailed,
        fmt::format("{} is not empty: there is {}; nothing was changed", directory, name));
  }
  return {};
}

/// Page by page rather than as a file: a copy of a data directory has a write-ahead log beside it.
base::Result<> copy_log(const RestoreRequest& request, const std::string& to) {
  auto snapshot = LogSnapshot::open(request.backup);
  if (!snapshot) return snapshot.error();
  return copy_database(snapshot->database(), to, [&](auto, auto) -> base::Result<> {
    if (!request.stop || !request.stop()) return {};
    return base::make_error(ErrorCode::kBackupFailed, "it was stopped");
  });
}

base::Result<> set_epoch(SqliteDatabase& database, base::Epoch epoch) {
  auto update = database.prepare("UPDATE log SET epoch = ? WHERE id = 1");
  if (!update) return update.error();
  return update->bind(epoch.value).run();
}

/// The first server to open it finds a log as one leaves it. WholeFile syncs.
base::Result<> prepare(const std::string& file, const RestoreRequest& request) {
  auto database = SqliteDatabase::open(file, SqliteDatabase::Mode::kReadWrite, {});
  if (!database) return database.error();
  base::Result<> done;
  if (!request.same_epoch) done = set_epoch(**database, request.new_epoch);
  if (done) done = (*database)->execute("PRAGMA journal_mode = WAL");
  return done;
}

/// Root restores for the one who runs the server.
void give_to_owner_of(const std::string& directory) {
  struct stat status{};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &status) != 0) return;
  for (const char* name : {"/log.db", "/lock"}) {
    (void)!::chown((directory + name).c_str(), status.st_uid, status.st_gid);
  }
}

base::Result<CheckResult> check_backup(const RestoreRequest& request) {
  auto check = check_log({request.backup, {}}, request.stop);
  if (!check) return check.error();
  if (check->stopped) return base::make_error(ErrorCode::kBackupFailed, "it was stopped");
  if (!check->sound() && !request.accept_damage) {
    return base::make_error(ErrorCode::kBackupFailed,
                            fmt::format("{}: {}", request.backup, check->damage.front()));
  }
  return check;
}

}  // namespace

base::Result<RestoreResult> restore(const RestoreRequest& request, const base::Clock& clock) {
  if (auto empty = must_be_empty(request.data_dir); !empty) return empty.error();
  RestoreResult result;
  {
    auto snapshot = LogSnapshot::open(request.backup);
    if (!snapshot) return snapshot.error();
    result.head = snapshot->inventory().known();
    result.epoch = request.same_epoch ? snapshot->inventory().record.epoch : request.new_epoch;
  }
  auto check = check_backup(request);
  if (!check) return check.error();
  result.check = std::move(*check);

  // Held to the end, so that no server begins a log of its own meanwhile.
  auto directory = DataDirectory::open(request.data_dir, clock);
  if (!directory) return directory.error();
  const auto name = request.data_dir + "/log.db";
  auto file = WholeFile::create(name);
  if (!file) return file.error();
  if (auto copied = copy_log(request, file->partial()); !copied) return copied.error();
  if (auto prepared = prepare(file->partial(), request); !prepared) return prepared.error();
  if (auto named = file->publish(name); !named) return named.error();
  give_to_owner_of(request.data_dir);
  return result;
}

}  // namespace weir::log
