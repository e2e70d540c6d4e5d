#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "log/engine.hpp"
#include "log/sqlite_database.hpp"

namespace weir::log {

/// A log's database as it is at one moment, read by another process than the one that writes it, or
/// by nobody else. As long as it lives the writer's write-ahead log cannot begin anew, so it should
/// not live long. One thread.
class LogSnapshot {
 public:
  /// Takes in what is committed now. kDataDirectoryUnusable when there is no such file or it is of
  /// a newer version, kCorrupt when it is damaged or no log.
  static base::Result<LogSnapshot> open(const std::string& file, const std::string& vfs = {});

  std::int64_t version() const { return version_; }
  const Inventory& inventory() const { return inventory_; }
  SqliteDatabase& database() { return *database_; }

  /// The rows in the log's order, until `visit` returns false. What a row says of itself is taken
  /// as it is.
  base::Result<> each_row(base::Sequence from, const std::function<bool(EncodedRow)>& visit);

 private:
  LogSnapshot(std::unique_ptr<SqliteDatabase> database, std::int64_t version, Inventory inventory)
      : database_(std::move(database)), version_(version), inventory_(std::move(inventory)) {}

  std::unique_ptr<SqliteDatabase> database_;
  std::int64_t version_;
  Inventory inventory_;
};

}  // namespace weir::log
