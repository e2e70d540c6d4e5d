#pragma once

#include "log/log.hpp"
#include "log/sqlite_database.hpp"

namespace weir::log {

/// The applications' tables in an SQLite database. The thread of the database.
class SqliteState final : public State {
 public:
  /// The database must outlive this.
  explicit SqliteState(SqliteDatabase& database) : database_(&database) {}

  base::Result<> execute(std::string_view sql, std::span<const Value> parameters) override;
  base::Result<> query(std::string_view sql, std::span<const Value> parameters,
                       const std::function<void(Row)>& on_row) override;

 private:
  SqliteDatabase* database_;
};

}  // namespace weir::log
