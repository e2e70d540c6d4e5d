#pragma once

#include "base/result.hpp"
#include "base/types.hpp"
#include "log/batch_codec.hpp"
#include "log/sqlite_database.hpp"

namespace weir::log {

/// A row's key: its commit's first position, then its namespace. One B-tree in the order of the
/// log, appended at its end, with large rows in overflow pages: a commit touches as few pages as
/// can be. (A composite key would need a second B-tree, or WITHOUT ROWID, which keeps large rows in
/// the interior pages.)
constexpr std::int64_t row_key(base::Sequence first, NamespaceId id) {
  return static_cast<std::int64_t>(first.value << 10 | id);
}
constexpr base::Sequence first_of_key(std::int64_t key) {
  return {static_cast<std::uint64_t>(key) >> 10};
}

/// The tables as this program makes them. 1: the first. 2: `losses` is always there.
inline constexpr std::int64_t kSchemaVersion = 2;

/// What every connection that writes sets.
base::Result<> configure_writer(SqliteDatabase& database, std::uint64_t wal_bytes);

/// The version of a log's tables; 0: an empty database. kCorrupt when it is not this program's,
/// kDataDirectoryUnusable when it is of a newer version, which says so.
base::Result<std::int64_t> read_schema_version(SqliteDatabase& database);

/// Makes the tables in an empty database, with `epoch`; brings those of an older version up to this
/// one, in one transaction. Errors as read_schema_version's.
base::Result<> prepare_schema(SqliteDatabase& database, base::Epoch epoch);

}  // namespace weir::log
