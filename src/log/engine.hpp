#pragma once

// What the log needs of a store. An engine keeps rows of encoded events, a little state about the
// log, and the applications' tables, all under one transaction.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "log/batch_codec.hpp"
#include "log/log.hpp"

namespace weir::log {

/// The log's own record of itself.
struct LogRecord {
  base::Epoch epoch;
  base::Sequence head;  ///< At least: rows may lie beyond it. Exact after a clean close.
  base::Sequence floor;
  /// Positions up to here may have been handed out without being stored durably; 0: none beyond the
  /// head.
  base::Sequence reserved;
  base::Sequence totals_up_to;  ///< The saved totals are those of the rows up to here.
  bool clean = false;           ///< Closed in good order.
};

/// What restarts may have taken from topics under certain rules (DurabilityRules).
struct Loss {
  std::string rules;
  bool at_risk = false;         ///< The next restart may take something, too.
  base::Sequence memory_up_to;  ///< Of topics with durability `memory`, events up to here.
  base::Sequence buffered_up_to;
};

/// What is retained of a namespace.
struct Totals {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
};

/// What an engine finds when it opens.
struct Inventory {
  LogRecord record;
  base::Sequence last_stored;  ///< The last position of the last row; 0 if there is none.
  std::unordered_map<std::string, NamespaceId> namespaces;
  std::unordered_map<NamespaceId, Totals> totals;
  std::unordered_map<std::string, base::Sequence> closed;
  TopicFloors floors;
  std::vector<Loss> losses;

  /// The newest position of which the store knows what stood there.
  base::Sequence known() const { return std::max(record.head, last_stored); }
  /// Where the log goes on: behind everything that may have been handed out.
  base::Sequence head() const {
    return record.clean ? known() : std::max(known(), record.reserved);
  }
};

/// Reads beside the writer. One thread at a time each.
class EngineReader {
 public:
  /// A commit as it is met on a scan. `batch` is null if it is damaged.
  struct Found {
    base::Sequence first;
    base::Sequence last;
    BatchPtr batch;
    std::uint64_t stored_bytes = 0;
  };
  using Visit = std::function<bool(Found)>;

  virtual ~EngineReader() = default;
  /// Visits the commits that hold positions after `after`, in order, as of now, until `visit`
  /// returns false. Events hidden by `floors` are left out where a commit is decoded.
  virtual base::Result<> scan(base::Sequence after, const TopicFloors* floors,
                              const Visit& visit) = 0;
  /// Shows the applications' tables as one commit left them. Not of an engine that is in memory,
  /// whose tables are the writer's alone.
  virtual base::Result<> read_state(const std::function<base::Result<>(State&)>& read) = 0;
  /// How often a commit was met that is damaged. Any thread.
  virtual std::uint64_t damaged() const { return 0; }
};

/// Log thread only, but for what says otherwise.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const Inventory& inventory() const = 0;
  /// Whether nothing of it outlives the process.
  virtual bool in_memory() const = 0;

  virtual base::Result<> begin() = 0;
  /// `synced`: on the disk before it returns; else in the operating system's hands.
  virtual base::Result<> commit(bool synced) = 0;
  virtual void rollback() = 0;
  /// A store may roll back by itself when something goes badly wrong.
  virtual bool in_transaction() const = 0;
  virtual base::Result<> savepoint() = 0;
  virtual base::Result<> release() = 0;
  virtual base::Result<> rollback_to() = 0;
  virtual State& state() = 0;

  // Inside the transaction.
  /// `stored` false: readers find it as long as there is room in memory, and nobody after a
  /// restart.
  virtual base::Result<> insert(const EncodedRow& row, bool stored) = 0;
  virtual base::Result<> close_topic(std::string_view topic, base::Sequence at) = 0;
  virtual base::Result<> reopen_topic(std::string_view topic) = 0;
  virtual base::Result<> set_topic_floor(std::string_view topic, base::Sequence floor) = 0;
  /// Forgets floors of topics that the log's own floor has reached.
  virtual base::Result<> drop_topic_floors(base::Sequence up_to) = 0;
  virtual base::Result<> save(const LogRecord& record) = 0;
  /// Of the rows up to the record's `totals_up_to`.
  virtual base::Result<> save_totals(NamespaceId id, Totals totals) = 0;
  virtual base::Result<> add_namespace(NamespaceId id, std::string_view name) = 0;
  /// In place of those that are known.
  virtual base::Result<> save_losses(const std::vector<Loss>& losses) = 0;

  // Retention, inside the transaction. Rows go from the oldest of their namespace on, or one by
  // one.
  /// The first row of a namespace, or of all; none if there is none.
  virtual base::Result<std::optional<RowInfo>> oldest(std::optional<NamespaceId> id) = 0;
  /// The rows of the commit that holds the position; none if they are gone.
  virtual base::Result<std::vector<RowInfo>> rows_at(base::Sequence position) = 0;
  virtual base::Result<EncodedRow> load(const RowInfo& row) = 0;
  virtual base::Result<> erase(const RowInfo& row) = 0;
  virtual base::Result<> replace(const EncodedRow& row) = 0;

  /// After a commit that appended: what readers may find from now on. Cannot fail.
  virtual void appended(const BatchPtr& batch) = 0;
  /// Topics that lose rows which were not stored, with their last positions there, since the last
  /// call. Readers find the rows until the next `appended`.
  virtual TopicFloors take_dropped() { return {}; }
  /// Returns some unused space to the file system, in a step of a millisecond or so. False: nothing
  /// (more) to do.
  virtual base::Result<bool> shrink() = 0;
  /// Memory that retained events take beyond `bytes_max`; 0 for engines that keep them on disk. Any
  /// thread.
  virtual std::uint64_t memory_excess() const = 0;

  /// Bytes of the write-ahead log. Any thread.
  virtual std::uint64_t wal_bytes() const = 0;
  /// Brings the write-ahead log into the main file, beside the writer. One background thread.
  virtual base::Result<> checkpoint() = 0;
  /// Completes what `checkpoint` left since, so that the write-ahead log begins anew.
  virtual base::Result<> finish_checkpoint() = 0;
  /// The same where nobody is writing: gives the write-ahead log's space back, and what was freed
  /// of the main file.
  virtual base::Result<> empty_wal() = 0;
  /// The last call: the write-ahead log is gone afterwards. Not after a failure.
  virtual base::Result<> close() = 0;

  /// Any thread.
  virtual base::Result<std::unique_ptr<EngineReader>> open_reader() = 0;
};

}  // namespace weir::log
