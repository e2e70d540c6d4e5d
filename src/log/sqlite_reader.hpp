#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/counter.hpp"
#include "base/log_line.hpp"
#include "log/engine.hpp"
#include "log/sqlite_engine.hpp"

namespace weir::log {

/// Reads the rows of an SqliteEngine over a connection of its own. One thread at a time.
class SqliteReader final : public EngineReader {
 public:
  static base::Result<std::unique_ptr<EngineReader>> open(
      const std::string& path, const std::string& vfs, base::Epoch epoch,
      std::shared_ptr<BatchCache> cache, std::shared_ptr<base::Guarded<UnstoredRows>> unstored);

  base::Result<> scan(base::Sequence after, const TopicFloors* floors, const Visit& visit) override;
  base::Result<> read_state(const std::function<base::Result<>(State&)>& read) override;
  std::uint64_t damaged() const override { return damaged_.get(); }

 private:
  /// The rows of one commit on their way to a batch.
  struct Commit {
    base::Sequence first;
    base::Sequence last;
    BatchPtr cached;
    std::vector<EncodedRow> rows;
    std::uint64_t stored_bytes = 0;
  };

  SqliteReader(std::unique_ptr<SqliteDatabase> database, base::Epoch epoch,
               std::shared_ptr<BatchCache> cache,
               std::shared_ptr<base::Guarded<UnstoredRows>> unstored)
      : database_(std::move(database)),
        epoch_(epoch),
        cache_(std::move(cache)),
        unstored_(std::move(unstored)) {}

  base::Result<base::Sequence> start_of(base::Sequence after);
  BatchPtr cached(base::Sequence first);
  Found finish(Commit commit, const TopicFloors* floors);
  std::optional<base::Sequence> unstored_from(base::Sequence after);
  /// Visits unstored commits in [from, before); false when `visit` has had enough.
  bool visit_unstored(base::Sequence from, base::Sequence before, const TopicFloors* floors,
                      const Visit& visit);

  std::unique_ptr<SqliteDatabase> database_;
  base::Counter damaged_;
  base::RecurringLine damage_line_;
  base::Epoch epoch_;
  std::shared_ptr<BatchCache> cache_;
  std::shared_ptr<base::Guarded<UnstoredRows>> unstored_;
};

}  // namespace weir::log
