#include "log/schema.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/logging.hpp"

namespace weir::log {
namespace {

using enum base::ErrorCode;

constexpr std::int64_t kApplicationId = 0x57656972;  // "Weir"

/// Text of its own, because a new log and one that is brought up to version 2 are to be the same.
constexpr const char* kLossesTable =
    "CREATE TABLE IF NOT EXISTS losses (rules TEXT NOT NULL, at_risk BIGINT NOT NULL, "
    "memory_up_to BIGINT NOT NULL, buffered_up_to BIGINT NOT NULL);";

/// What takes a log from version i + 1 to i + 2. Only ever appended to: logs of every version that
/// was released are about.
constexpr const char* kUpgrades[] = {
    // Version 1 made the table when it was first needed.
    kLossesTable,
};
static_assert(std::size(kUpgrades) + 1 == kSchemaVersion);

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

base::Result<std::int64_t> read_schema_version(SqliteDatabase& database) {
  auto application = database.number("PRAGMA application_id");
  if (!application) return application.error();
  auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  const auto found = version->value_or(0);
  if (*application == kApplicationId && found > kSchemaVersion) {
    return base::make_error(
        kDataDirectoryUnusable,
        fmt::format("the log is of version {}, and this program knows versions up to {}: a newer "
                    "weir has written it",
                    found, kSchemaVersion));
  }
  if (*application == kApplicationId && found > 0) return found;
  auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables != 0) return base::make_error(kCorrupt, "not a log of this program");
  return 0;
}

namespace {

base::Result<> roll_back_unless(base::Result<> done, SqliteDatabase& database) {
  if (!done && database.in_transaction()) (void)database.execute("ROLLBACK");
  return done;
}

base::Result<> create_schema(SqliteDatabase& database, base::Epoch epoch) {
  // These must come before the first table. On an old file they would write, which a full disk does
  // not take.
  if (auto set = database.execute("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; "
                                  "PRAGMA journal_mode = WAL;");
      !set) {
    return set;
  }
  return roll_back_unless(
      database.execute(
          fmt::format("BEGIN IMMEDIATE; {} {} INSERT INTO log VALUES (1, {}, 0, 0, 0, 0, 1); "
                      "PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;",
                      kTables, kLossesTable, static_cast<std::int64_t>(epoch.value), kApplicationId,
                      kSchemaVersion)),
      database);
}

/// One transaction for all steps: a crash leaves the old version or the new one.
base::Result<> upgrade_schema(SqliteDatabase& database, std::int64_t from) {
  std::string script = "BEGIN IMMEDIATE; ";
  for (auto version = from; version < kSchemaVersion; ++version) script += kUpgrades[version - 1];
  script += fmt::format(" PRAGMA user_version = {}; COMMIT;", kSchemaVersion);
  auto done = roll_back_unless(database.execute(script), database);
  if (done) base::log_info("log.upgraded", "from={} to={}", from, kSchemaVersion);
  return done;
}

}  // namespace

base::Result<> prepare_schema(SqliteDatabase& database, base::Epoch epoch) {
  const auto version = read_schema_version(database);
  if (!version) return version.error();
  if (*version == 0) return create_schema(database, epoch);
  if (*version < kSchemaVersion) return upgrade_schema(database, *version);
  return {};
}

}  // namespace weir::log
