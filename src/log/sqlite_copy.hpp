#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "log/sqlite_database.hpp"

namespace weir::log {

/// Called between two steps of a copy, with bytes; its error ends the copy.
using OnCopied = std::function<base::Result<>(std::uint64_t done, std::uint64_t total)>;

/// Copies a database, as `from` sees it, over the file `to`, by SQLite's online backup. `from` must
/// be in a transaction, or writers elsewhere make the copy begin anew each time. The file is not
/// synced.
base::Result<> copy_database(SqliteDatabase& from, const std::string& to, const OnCopied& on_step);

}  // namespace weir::log
