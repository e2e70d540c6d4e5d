#include "log/log_snapshot.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "log/schema.hpp"
#include "log/sqlite_inventory.hpp"

namespace weir::log {
namespace {

/// A process that opens or closes the log holds it for a moment.
constexpr int kBusyMillis = 5000;

}  // namespace

base::Result<LogSnapshot> LogSnapshot::open(const std::string& file, const std::string& vfs) {
  std::error_code ignored;
  if (vfs.empty() && !std::filesystem::exists(file, ignored)) {
    return base::make_error(base::ErrorCode::kDataDirectoryUnusable,
                            fmt::format("there is no {}", file));
  }
  auto database = SqliteDatabase::open(file, SqliteDatabase::Mode::kReadOnly, vfs);
  if (!database) return database.error();
  sqlite3_busy_timeout((*database)->handle(), kBusyMillis);
  // From the first read on, everything is read as it was then.
  auto begun = (*database)->execute("PRAGMA cache_size = -4096; BEGIN");
  if (!begun) return begun.error();
  auto version = read_schema_version(**database);
  if (!version) return version.error();
  if (*version == 0) {
    return base::make_error(base::ErrorCode::kCorrupt, fmt::format("{} holds no log", file));
  }
  auto inventory = read_inventory(**database);
  if (!inventory) return inventory.error();
  return LogSnapshot(std::move(*database), *version, std::move(*inventory));
}

base::Result<> LogSnapshot::each_row(base::Sequence from,
                                     const std::function<bool(EncodedRow)>& visit) {
  auto query = database_->prepare(
      "SELECT id, namespace_id, last_sequence, events, bytes, committed_at, crc, data "
      "FROM batches WHERE id >= ? ORDER BY id");
  if (!query) return query.error();
  query->bind(row_key(from, 0));
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return {};
    EncodedRow found{{first_of_key(query->integer(0)),
                      {query->natural(2)},
                      static_cast<NamespaceId>(query->integer(1)),
                      query->natural(3),
                      query->natural(4),
                      query->integer(5)},
                     static_cast<std::uint32_t>(query->natural(6)),
                     std::string(query->bytes(7))};
    if (!visit(std::move(found))) return {};
  }
}

}  // namespace weir::log
