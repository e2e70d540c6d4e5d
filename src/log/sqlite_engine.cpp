#include "log/sqlite_engine.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "log/schema.hpp"
#include "log/sqlite_inventory.hpp"
#include "log/sqlite_reader.hpp"

namespace weir::log {
namespace {

constexpr std::int64_t kFreePagesKept = 128;

/// SQLite's own VFS takes less than 128 KiB a call.
constexpr int kRewriteBytes = 64 << 10;

constexpr std::string_view kRowColumns =
    "SELECT id, namespace_id, last_sequence, events, bytes, committed_at FROM batches ";

RowInfo row_info(const SqliteStatement& row) {
  return {first_of_key(row.integer(0)),
          {row.natural(2)},
          static_cast<NamespaceId>(row.integer(1)),
          row.natural(3),
          row.natural(4),
          row.integer(5)};
}

/// Writes the write-ahead log's bytes over themselves and syncs them. A process that died before or
/// at a sync leaves commits that are read from the system's cache and may never reach the disk:
/// after a failed sync their pages count as written (as on Linux), and a later sync would make
/// durable what follows them, but not them. After a clean close there is nothing to do.
base::Result<> rewrite_wal(SqliteDatabase& database) {
  sqlite3_file* wal = nullptr;
  int code = sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  if (code != SQLITE_OK || wal == nullptr || wal->pMethods == nullptr) return {};
  sqlite3_int64 size = 0;
  code = wal->pMethods->xFileSize(wal, &size);
  if (size == 0) return {};
  std::string bytes(kRewriteBytes, '\0');
  for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size; at += kRewriteBytes) {
    const int some = static_cast<int>(std::min<sqlite3_int64>(size - at, kRewriteBytes));
    code = wal->pMethods->xRead(wal, bytes.data(), some, at);
    if (code == SQLITE_OK) code = wal->pMethods->xWrite(wal, bytes.data(), some, at);
  }
  if (code == SQLITE_OK) code = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return sqlite_error(code, "the write-ahead log could not be rewritten");
  return {};
}

/// False: readers keep it from being completed, which is no error.
base::Result<bool> run_checkpoint(SqliteDatabase& database, int mode) {
  const int code = sqlite3_wal_checkpoint_v2(database.handle(), nullptr, mode, nullptr, nullptr);
  if (code == SQLITE_OK || code == SQLITE_BUSY) return code == SQLITE_OK;
  return sqlite_error(code, sqlite3_errmsg(database.handle()));
}

}  // namespace

SqliteEngine::SqliteEngine(const Options& options, std::unique_ptr<SqliteDatabase> database,
                           std::unique_ptr<SqliteDatabase> checkpointer)
    : SqliteTransactions(std::move(database)),
      options_(options),
      checkpointer_(std::move(checkpointer)),
      cache_(std::make_shared<BatchCache>(
          base::LruCache<base::Sequence, BatchPtr>(options.cache_bytes))) {}

base::Result<std::unique_ptr<SqliteEngine>> SqliteEngine::open(const Options& options) {
  auto database = SqliteDatabase::open(options.path, SqliteDatabase::Mode::kCreate, options.vfs);
  if (!database) return database.error();
  // Closing a connection must not write: after a failure nothing may, and a clean close does it
  // itself.
  sqlite3_db_config((*database)->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (auto set = configure_writer(**database, options.wal_bytes); !set) return set.error();
  if (auto made = prepare_schema(**database, options.new_epoch); !made) return made.error();
  if (auto written = rewrite_wal(**database); !written) return written.error();
  auto checkpointer =
      SqliteDatabase::open(options.path, SqliteDatabase::Mode::kReadWrite, options.vfs);
  if (!checkpointer) return checkpointer.error();
  sqlite3_db_config((*checkpointer)->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);

  std::unique_ptr<SqliteEngine> engine(
      new SqliteEngine(options, std::move(*database), std::move(*checkpointer)));
  if (auto taken = engine->take_inventory(); !taken) return taken.error();
  // The hook takes the place of SQLite's automatic checkpoints.
  sqlite3_wal_hook(
      engine->database_->handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        auto& that = *static_cast<SqliteEngine*>(self);
        that.wal_written_ = true;
        that.wal_bytes_.store(static_cast<std::uint64_t>(pages) * that.page_bytes_,
                              std::memory_order_relaxed);
        return SQLITE_OK;
      },
      engine.get());
  return engine;
}

base::Result<> SqliteEngine::take_inventory() {
  auto page_bytes = database_->number("PRAGMA page_size");
  if (!page_bytes) return page_bytes.error();
  page_bytes_ = static_cast<std::uint64_t>(page_bytes->value_or(0));
  auto found = read_inventory(*database_);
  if (!found) return found.error();
  inventory_ = std::move(*found);
  return {};
}

base::Result<> SqliteEngine::save_losses(const std::vector<Loss>& losses) {
  auto done = database_->run("DELETE FROM losses");
  for (const auto& loss : losses) {
    if (!done) break;
    auto insert = database_->prepare("INSERT INTO losses VALUES (?, ?, ?, ?)");
    if (!insert) return insert.error();
    done = insert->bind(std::string_view(loss.rules))
               .bind(std::int64_t{loss.at_risk})
               .bind(loss.memory_up_to.value)
               .bind(loss.buffered_up_to.value)
               .run();
  }
  return done;
}

/// The connection runs with synchronous=NORMAL, which syncs nothing at a commit, and the commit's
/// sync follows here: whether there is to be one is known only when the transaction is complete,
/// and then SQLite does not let go of its setting. What a checkpoint needs to be synced it syncs by
/// itself.
base::Result<> SqliteEngine::commit(bool synced) {
  wal_written_ = false;
  if (auto committed = database_->run("COMMIT"); !committed) return committed;
  if (wal_written_) wal_synced_ = false;
  if (!synced || wal_synced_) return {};
  sqlite3_file* wal = nullptr;
  int code = sqlite3_file_control(database_->handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  if (code == SQLITE_OK) code = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return sqlite_error(code, "the write-ahead log could not be synced");
  wal_synced_ = true;
  return {};
}

void SqliteEngine::rollback() {
  unstored_.clear();
  default_from_ = {};  // It may have passed rows that are back now.
  roll_back_all();
}

base::Result<> SqliteEngine::insert(const EncodedRow& row, bool stored) {
  if (!stored) {
    unstored_.push_back(row);
    return {};
  }
  auto insert = database_->prepare("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  const auto& info = row.info;
  insert->bind(row_key(info.first, info.namespace_id))
      .bind(info.namespace_id)
      .bind(info.last.value)
      .bind(info.events)
      .bind(info.bytes)
      .bind(info.committed_at)
      .bind(row.crc)
      .bind_blob(row.data);
  return insert->run();
}

base::Result<> SqliteEngine::name_row(std::string_view sql, std::string_view topic,
                                      base::Sequence at) {
  auto statement = database_->prepare(sql);
  if (!statement) return statement.error();
  return statement->bind(topic).bind(at.value).run();
}

base::Result<> SqliteEngine::close_topic(std::string_view topic, base::Sequence at) {
  return name_row("INSERT OR REPLACE INTO closed_topics VALUES (?, ?)", topic, at);
}

base::Result<> SqliteEngine::reopen_topic(std::string_view topic) {
  auto statement = database_->prepare("DELETE FROM closed_topics WHERE topic = ?");
  if (!statement) return statement.error();
  return statement->bind(topic).run();
}

base::Result<> SqliteEngine::set_topic_floor(std::string_view topic, base::Sequence floor) {
  return name_row(
      "INSERT INTO topic_floors VALUES (?, ?) ON CONFLICT (topic) DO UPDATE "
      "SET sequence = max(sequence, excluded.sequence)",
      topic, floor);
}

base::Result<> SqliteEngine::drop_topic_floors(base::Sequence up_to) {
  auto statement = database_->prepare("DELETE FROM topic_floors WHERE sequence <= ?");
  if (!statement) return statement.error();
  return statement->bind(up_to.value).run();
}

base::Result<> SqliteEngine::save(const LogRecord& record) {
  auto update = database_->prepare(
      "UPDATE log SET head = ?, floor = ?, reserved = ?, totals_up_to = ?, clean = ?");
  if (!update) return update.error();
  return update->bind(record.head.value)
      .bind(record.floor.value)
      .bind(record.reserved.value)
      .bind(record.totals_up_to.value)
      .bind(std::int64_t{record.clean})
      .run();
}

base::Result<> SqliteEngine::save_totals(NamespaceId id, Totals totals) {
  auto update = database_->prepare("UPDATE namespaces SET events = ?, bytes = ? WHERE id = ?");
  if (!update) return update.error();
  return update->bind(totals.events).bind(totals.bytes).bind(id).run();
}

base::Result<> SqliteEngine::add_namespace(NamespaceId id, std::string_view name) {
  auto insert = database_->prepare("INSERT INTO namespaces VALUES (?, ?, 0, 0)");
  if (!insert) return insert.error();
  if (auto added = insert->bind(id).bind(name).run(); !added) return added;
  return {};
}

base::Result<std::optional<RowInfo>> SqliteEngine::oldest(std::optional<NamespaceId> id) {
  std::string sql(kRowColumns);
  if (!id) {
    sql += "ORDER BY id LIMIT 1";
  } else if (*id == 0) {
    sql += "WHERE id >= ? AND +namespace_id = 0 ORDER BY id LIMIT 1";
  } else {
    sql += "WHERE namespace_id = ? AND namespace_id <> 0 ORDER BY id LIMIT 1";
  }
  auto query = database_->prepare(sql);
  if (!query) return query.error();
  if (id && *id == 0) query->bind(row_key(default_from_, 0));
  if (id && *id != 0) query->bind(*id);
  auto found = query->step();
  if (!found) return found.error();
  if (!*found) return std::optional<RowInfo>();
  const auto info = row_info(*query);
  if (id && *id == 0) default_from_ = info.first;
  return std::optional<RowInfo>(info);
}

base::Result<std::vector<RowInfo>> SqliteEngine::rows_at(base::Sequence position) {
  std::vector<RowInfo> rows;
  auto query = database_->prepare(std::string(kRowColumns) + "WHERE id < ? ORDER BY id DESC");
  if (!query) return query.error();
  query->bind(row_key(position.next(), 0));
  for (;;) {
    auto found = query->step();
    if (!found) return found.error();
    if (!*found) return rows;
    const auto info = row_info(*query);
    if (info.last < position || (!rows.empty() && rows.front().first != info.first)) return rows;
    rows.push_back(info);
  }
}

base::Result<EncodedRow> SqliteEngine::load(const RowInfo& info) {
  auto query = database_->prepare("SELECT crc, data FROM batches WHERE id = ?");
  if (!query) return query.error();
  query->bind(row_key(info.first, info.namespace_id));
  auto found = query->step();
  if (!found) return found.error();
  if (!*found) return base::make_error(base::ErrorCode::kCorrupt, "a batch has vanished");
  return EncodedRow{info, static_cast<std::uint32_t>(query->natural(0)),
                    std::string(query->bytes(1))};
}

base::Result<> SqliteEngine::erase(const RowInfo& info) {
  auto statement = database_->prepare("DELETE FROM batches WHERE id = ?");
  if (!statement) return statement.error();
  return statement->bind(row_key(info.first, info.namespace_id)).run();
}

base::Result<> SqliteEngine::replace(const EncodedRow& row) {
  auto update = database_->prepare(
      "UPDATE batches SET events = ?, bytes = ?, crc = ?, data = ? WHERE id = ?");
  if (!update) return update.error();
  return update->bind(row.info.events)
      .bind(row.info.bytes)
      .bind(row.crc)
      .bind_blob(row.data)
      .bind(row_key(row.info.first, row.info.namespace_id))
      .run();
}

void SqliteEngine::appended(const BatchPtr&) {
  if (unstored_.empty()) return;
  auto rows = std::exchange(unstored_, {});
  std::vector<std::vector<EncodedRow>> dropped;
  unstored_rows_->with([&](UnstoredRows& unstored) {
    // The floors tell by now of what was given up the last time.
    unstored.commits.erase(unstored.commits.begin(), unstored.commits.lower_bound(keep_from_));
    for (const auto& row : rows) unstored.bytes += row.data.size();
    const auto first = rows.front().info.first;
    unstored.commits.emplace(first, std::move(rows));
    if (unstored.bytes <= options_.unstored_bytes) return;
    // A quarter at once: each time somebody has to be told.
    auto oldest = unstored.commits.begin();
    for (; unstored.bytes > options_.unstored_bytes / 4 * 3 && oldest->first != first; ++oldest) {
      for (const auto& row : oldest->second) unstored.bytes -= row.data.size();
      dropped.push_back(oldest->second);
    }
    keep_from_ = oldest->first;
  });
  for (auto& commit : dropped) note_dropped(std::move(commit));
}

void SqliteEngine::note_dropped(std::vector<EncodedRow> rows) {
  const auto batch = BatchDecoder::decode(inventory_.record.epoch, std::move(rows));
  WEIR_CHECK(batch.has_value(), "rows in memory do not rot");
  for (std::size_t i = 0; i < (*batch)->size(); ++i) {
    const auto& event = (**batch)[i];
    for (const auto topic : event.topics) dropped_[std::string(topic)] = event.sequence;
  }
}

base::Result<bool> SqliteEngine::shrink() {
  auto free_pages = database_->number("PRAGMA freelist_count");
  if (!free_pages) return free_pages.error();
  auto pages = database_->number("PRAGMA page_count");
  if (!pages) return pages.error();
  // Some free pages are kept: what retention frees, new batches need again.
  if (free_pages->value_or(0) <= std::max(kFreePagesKept, pages->value_or(0) / 8)) return false;
  auto vacuum = database_->run("PRAGMA incremental_vacuum(128)");
  if (!vacuum) return vacuum.error();
  return true;
}

base::Result<> SqliteEngine::checkpoint() {
  auto done = run_checkpoint(*checkpointer_, SQLITE_CHECKPOINT_PASSIVE);
  return done ? base::Result<>() : done.error();
}

base::Result<> SqliteEngine::finish_checkpoint() {
  auto done = run_checkpoint(*database_, SQLITE_CHECKPOINT_PASSIVE);
  return done ? base::Result<>() : done.error();
}

base::Result<> SqliteEngine::empty_wal() {
  auto done = run_checkpoint(*database_, SQLITE_CHECKPOINT_TRUNCATE);
  if (!done) return done.error();
  if (*done) wal_bytes_.store(0, std::memory_order_relaxed);
  return {};
}

base::Result<> SqliteEngine::close() {
  checkpointer_.reset();
  return empty_wal();
}

base::Result<std::unique_ptr<EngineReader>> SqliteEngine::open_reader() {
  return SqliteReader::open(options_.path, options_.vfs, inventory_.record.epoch, cache_,
                            unstored_rows_);
}

}  // namespace weir::log
