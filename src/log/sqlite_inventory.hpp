#pragma once

#include "base/result.hpp"
#include "log/engine.hpp"
#include "log/sqlite_database.hpp"

namespace weir::log {

/// What a log's database holds, of any version up to this one; reads what was committed since the
/// totals were saved, never the whole log. kCorrupt when the log's record of itself is missing.
base::Result<Inventory> read_inventory(SqliteDatabase& database);

}  // namespace weir::log
