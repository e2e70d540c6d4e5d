#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "base/guarded.hpp"
#include "log/engine.hpp"
#include "log/sqlite_transactions.hpp"

namespace weir::log {

/// Keeps everything in memory and forgets it at the end: batches as they are delivered, the
/// applications' state in an SQLite database without a file. Threads as Engine says.
class MemoryEngine final : public SqliteTransactions {
 public:
  /// The oldest batches are in excess when all of them take more than `bytes_max`.
  static base::Result<std::unique_ptr<MemoryEngine>> open(base::Epoch epoch,
                                                          std::uint64_t bytes_max);

  const Inventory& inventory() const override { return inventory_; }
  bool in_memory() const override { return true; }
  base::Result<> begin() override { return database_->run("BEGIN"); }
  base::Result<> commit(bool synced) override;
  void rollback() override;

  base::Result<> insert(const EncodedRow& row, bool stored) override;
  // The log holds these in memory anyway.
  base::Result<> close_topic(std::string_view, base::Sequence) override { return {}; }
  base::Result<> reopen_topic(std::string_view) override { return {}; }
  base::Result<> set_topic_floor(std::string_view, base::Sequence) override { return {}; }
  base::Result<> drop_topic_floors(base::Sequence) override { return {}; }
  base::Result<> save(const LogRecord&) override { return {}; }
  base::Result<> save_totals(NamespaceId, Totals) override { return {}; }
  base::Result<> save_losses(const std::vector<Loss>&) override { return {}; }
  base::Result<> add_namespace(NamespaceId id, std::string_view name) override;

  base::Result<std::optional<RowInfo>> oldest(std::optional<NamespaceId> id) override;
  base::Result<std::vector<RowInfo>> rows_at(base::Sequence position) override;
  base::Result<EncodedRow> load(const RowInfo& row) override;
  base::Result<> erase(const RowInfo& row) override;
  base::Result<> replace(const EncodedRow& row) override;

  void appended(const BatchPtr& batch) override;
  base::Result<bool> shrink() override { return false; }
  std::uint64_t memory_excess() const override;
  std::uint64_t wal_bytes() const override { return 0; }
  base::Result<> checkpoint() override { return {}; }
  base::Result<> finish_checkpoint() override { return {}; }
  base::Result<> empty_wal() override { return {}; }
  base::Result<> close() override { return {}; }
  base::Result<std::unique_ptr<EngineReader>> open_reader() override;

 private:
  struct Entry {
    base::Sequence first;
    base::Sequence last;
    BatchPtr batch;
    std::vector<EncodedRow> rows;  ///< With their data only if there are several.
  };
  struct Store {
    std::deque<Entry> entries;
    std::uint64_t bytes = 0;

    std::deque<Entry>::iterator at_or_after(base::Sequence position);
    /// Takes the changed rows over; an entry without rows goes.
    void update(std::deque<Entry>::iterator entry, base::Epoch epoch);
  };
  class Reader;

  explicit MemoryEngine(std::unique_ptr<SqliteDatabase> database)
      : SqliteTransactions(std::move(database)) {}

  Inventory inventory_;
  std::uint64_t bytes_max_ = 0;
  std::vector<EncodedRow> inserted_;                          // Of the transaction at hand.
  std::map<NamespaceId, std::deque<base::Sequence>> firsts_;  // Of the rows of each namespace.
  std::shared_ptr<base::Guarded<Store>> store_ = std::make_shared<base::Guarded<Store>>();
};

}  // namespace weir::log
