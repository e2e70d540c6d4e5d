#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.hpp"
#include "base/lru_cache.hpp"
#include "log/engine.hpp"
#include "log/sqlite_database.hpp"
#include "log/sqlite_transactions.hpp"

namespace weir::log {

/// Decoded batches by their first position, shared by the readers: many who resume at one place
/// cost one decoding.
using BatchCache = base::Guarded<base::LruCache<base::Sequence, BatchPtr>>;

/// Rows that are not stored, by their commit's first position; the oldest go when there are too
/// many bytes, one commit after it was said (Engine::take_dropped).
struct UnstoredRows {
  std::map<base::Sequence, std::vector<EncodedRow>> commits;
  std::uint64_t bytes = 0;
};

/// Keeps everything in one SQLite file in WAL mode. Threads as Engine says; one connection for the
/// log thread, one for checkpoints, one per reader.
class SqliteEngine final : public SqliteTransactions {
 public:
  struct Options {
    std::string path;
    std::string vfs;
    base::Epoch new_epoch;  ///< For a new log.
    std::uint64_t wal_bytes = 0;
    std::uint64_t cache_bytes = 0;
    std::uint64_t unstored_bytes = 0;
  };
  static base::Result<std::unique_ptr<SqliteEngine>> open(const Options& options);

  const Inventory& inventory() const override { return inventory_; }
  bool in_memory() const override { return false; }
  base::Result<> begin() override { return database_->run("BEGIN IMMEDIATE"); }
  base::Result<> commit(bool synced) override;
  void rollback() override;

  base::Result<> insert(const EncodedRow& row, bool stored) override;
  base::Result<> close_topic(std::string_view topic, base::Sequence at) override;
  base::Result<> reopen_topic(std::string_view topic) override;
  base::Result<> set_topic_floor(std::string_view topic, base::Sequence floor) override;
  base::Result<> drop_topic_floors(base::Sequence up_to) override;
  base::Result<> save(const LogRecord& record) override;
  base::Result<> save_totals(NamespaceId id, Totals totals) override;
  base::Result<> add_namespace(NamespaceId id, std::string_view name) override;
  base::Result<> save_losses(const std::vector<Loss>& losses) override;

  base::Result<std::optional<RowInfo>> oldest(std::optional<NamespaceId> id) override;
  base::Result<std::vector<RowInfo>> rows_at(base::Sequence position) override;
  base::Result<EncodedRow> load(const RowInfo& row) override;
  base::Result<> erase(const RowInfo& row) override;
  base::Result<> replace(const EncodedRow& row) override;

  void appended(const BatchPtr& batch) override;
  TopicFloors take_dropped() override { return std::exchange(dropped_, {}); }
  base::Result<bool> shrink() override;
  std::uint64_t memory_excess() const override { return 0; }
  std::uint64_t wal_bytes() const override { return wal_bytes_.load(std::memory_order_relaxed); }
  base::Result<> checkpoint() override;
  base::Result<> finish_checkpoint() override;
  base::Result<> empty_wal() override;
  base::Result<> close() override;
  base::Result<std::unique_ptr<EngineReader>> open_reader() override;

 private:
  SqliteEngine(const Options& options, std::unique_ptr<SqliteDatabase> database,
               std::unique_ptr<SqliteDatabase> checkpointer);
  void note_dropped(std::vector<EncodedRow> rows);
  base::Result<> take_inventory();
  base::Result<> name_row(std::string_view sql, std::string_view topic, base::Sequence at);

  Options options_;
  std::unique_ptr<SqliteDatabase> checkpointer_;
  Inventory inventory_;
  std::uint64_t page_bytes_ = 0;
  bool wal_written_ = false;  // By the commit at hand.
  bool wal_synced_ = true;
  base::Sequence default_from_;  // No row of the default namespace begins before.
  TopicFloors dropped_;
  base::Sequence keep_from_;          // Rows before it that are not stored have been given up.
  std::vector<EncodedRow> unstored_;  // Of the transaction at hand.
  std::atomic<std::uint64_t> wal_bytes_{0};
  std::shared_ptr<BatchCache> cache_;
  std::shared_ptr<base::Guarded<UnstoredRows>> unstored_rows_ =
      std::make_shared<base::Guarded<UnstoredRows>>();
};

}  // namespace weir::log
