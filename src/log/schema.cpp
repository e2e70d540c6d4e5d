#include "log/schema.hpp"

#include <fmt/format.h>

namespace weir::log {
namespace {

constexpr std::int64_t kApplicationId = 0x57656972;  // "Weir"
constexpr std::int64_t kSchemaVersion = 1;

constexpr const char* kTables = R"sql(
CREATE TABLE log (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch BIGINT NOT NULL,
  head BIGINT NOT NULL,
  floor BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  totals_up_to BIGINT NOT NULL,
  clean BIGINT NOT NULL);
CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  namespace_id BIGINT NOT NULL,
  last_sequence BIGINT NOT NULL,
  events BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  committed_at BIGINT NOT NULL,
  crc BIGINT NOT NULL,
  data BLOB NOT NULL);
CREATE INDEX batches_by_namespace ON batches (namespace_id) WHERE namespace_id <> 0;
CREATE TABLE namespaces (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  events BIGINT NOT NULL,
  bytes BIGINT NOT NULL);
CREATE TABLE closed_topics (topic TEXT PRIMARY KEY, sequence BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE topic_floors (topic TEXT PRIMARY KEY, sequence BIGINT NOT NULL) WITHOUT ROWID;
INSERT INTO namespaces VALUES (0, '', 0, 0);
)sql";

}  // namespace

base::Result<> configure_writer(SqliteDatabase& database, std::uint64_t wal_bytes) {
  return database.execute(
      fmt::format("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; "
                  "PRAGMA secure_delete = OFF; PRAGMA journal_size_limit = {}; "
                  "PRAGMA temp_store = MEMORY;",
                  wal_bytes));
}

base::Result<> prepare_schema(SqliteDatabase& database, base::Epoch epoch) {
  auto application = database.number("PRAGMA application_id");
  if (!application) return application.error();
  auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  if (*application == kApplicationId && *version == kSchemaVersion) return {};
  auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables != 0) {
    return base::make_error(
        base::ErrorCode::kCorrupt,
        fmt::format("not a log of this program, or of version {}", version->value_or(0)));
  }
  // These must come before the first table. On an old file they would write, which a full disk does
  // not take.
  if (auto set = database.execute("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; "
                                  "PRAGMA journal_mode = WAL;");
      !set) {
    return set;
  }
  auto made = database.execute(
      fmt::format("BEGIN IMMEDIATE; {} INSERT INTO log VALUES (1, {}, 0, 0, 0, 0, 1); "
                  "PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;",
                  kTables, static_cast<std::int64_t>(epoch.value), kApplicationId, kSchemaVersion));
  if (!made && database.in_transaction()) (void)database.execute("ROLLBACK");
  return made;
}

}  // namespace weir::log
