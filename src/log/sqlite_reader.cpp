#include "log/sqlite_reader.hpp"

#include <iterator>
#include <limits>
#include <utility>

#include "base/logging.hpp"
#include "log/schema.hpp"
#include "log/sqlite_state.hpp"

namespace weir::log {

base::Result<std::unique_ptr<EngineReader>> SqliteReader::open(
    const std::string& path, const std::string& vfs, base::Epoch epoch,
    std::shared_ptr<BatchCache> cache, std::shared_ptr<base::Guarded<UnstoredRows>> unstored) {
  auto database = SqliteDatabase::open(path, SqliteDatabase::Mode::kReadOnly, vfs);
  if (!database) return database.error();
  // Batches are read once and kept decoded; pages of them are not worth much memory.
  if (auto set = (*database)->execute("PRAGMA cache_size = -4096"); !set) return set.error();
  return std::unique_ptr<EngineReader>(
      new SqliteReader(std::move(*database), epoch, std::move(cache), std::move(unstored)));
}

base::Result<> SqliteReader::read_state(const std::function<base::Result<>(State&)>& read) {
  if (auto began = database_->run("BEGIN"); !began) return began;
  SqliteState state(*database_);
  auto outcome = read(state);
  // Nothing was changed: there is nothing that an end could lose.
  if (auto ended = database_->run("COMMIT"); !ended && outcome) return ended;
  return outcome;
}

/// The first position of the commit that holds what follows `after`.
base::Result<base::Sequence> SqliteReader::start_of(base::Sequence after) {
  auto query = database_->prepare(
      "SELECT id, last_sequence FROM batches WHERE id < ? ORDER BY id DESC LIMIT 1");
  if (!query) return query.error();
  query->bind(row_key(after.next().next(), 0));
  auto found = query->step();
  if (!found) return found.error();
  if (*found && query->natural(1) > after.value) return first_of_key(query->integer(0));
  return after.next();
}

BatchPtr SqliteReader::cached(base::Sequence first) {
  return cache_->with([&](auto& cache) {
    const auto* batch = cache.find(first);
    return batch == nullptr ? nullptr : *batch;
  });
}

EngineReader::Found SqliteReader::finish(Commit commit, const TopicFloors* floors) {
  if (commit.cached != nullptr) {
    return {commit.first, commit.last, std::move(commit.cached), commit.stored_bytes};
  }
  unstored_->with([&](const UnstoredRows& unstored) {
    const auto at = unstored.commits.find(commit.first);
    if (at == unstored.commits.end()) return;
    commit.rows.insert(commit.rows.end(), at->second.begin(), at->second.end());
  });
  auto batch = BatchDecoder::decode(epoch_, std::move(commit.rows), floors);
  if (!batch) {
    damaged_.add();
    // Every client that reads past it meets it again.
    if (damage_line_.due({})) {
      base::log_error("log.damaged", "first={} last={} error=\"{}\" held_back={}",
                      commit.first.value, commit.last.value, batch.error().message(),
                      damage_line_.held_back());
    }
    return {commit.first, commit.last, nullptr, commit.stored_bytes};
  }
  const auto weight = (*batch)->memory_bytes();
  cache_->with([&](auto& cache) { cache.put(commit.first, *batch, weight); });
  return {commit.first, commit.last, std::move(*batch), commit.stored_bytes};
}

/// Where the commits without a stored row begin that hold what follows `after`; none if there are
/// none.
std::optional<base::Sequence> SqliteReader::unstored_from(base::Sequence after) {
  return unstored_->with([&](const UnstoredRows& unstored) -> std::optional<base::Sequence> {
    auto at = unstored.commits.upper_bound(after);
    if (at != unstored.commits.begin()) {
      const auto before = std::prev(at);
      if (before->second.front().info.last > after) at = before;
    }
    if (at == unstored.commits.end()) return std::nullopt;
    return at->first;
  });
}

bool SqliteReader::visit_unstored(base::Sequence from, base::Sequence before,
                                  const TopicFloors* floors, const Visit& visit) {
  for (;;) {
    std::optional<Commit> commit;
    unstored_->with([&](const UnstoredRows& unstored) {
      const auto at = unstored.commits.lower_bound(from);
      if (at == unstored.commits.end() || at->first >= before) return;
      const auto& info = at->second.front().info;
      commit = Commit{info.first, info.last, nullptr, {}, 0};
      for (const auto& row : at->second) commit->stored_bytes += row.info.bytes;
    });
    if (!commit) return true;
    from = commit->last.next();
    commit->cached = cached(commit->first);
    if (!visit(finish(std::move(*commit), floors))) return false;
  }
}

base::Result<> SqliteReader::scan(base::Sequence after, const TopicFloors* floors,
                                  const Visit& visit) {
  auto start = start_of(after);
  if (!start) return start.error();
  auto query = database_->prepare(
      "SELECT id, namespace_id, last_sequence, events, bytes, committed_at, crc, data "
      "FROM batches WHERE id >= ? ORDER BY id");
  if (!query) return query.error();
  query->bind(row_key(*start, 0));

  // Commits without a stored row, if there are any, stand between those with one.
  auto unstored = unstored_from(after);
  std::optional<Commit> commit;
  const auto visit_before = [&](base::Sequence before) {
    if (!unstored) return true;
    const bool more = visit_unstored(*unstored, before, floors, visit);
    unstored = before;
    return more;
  };
  std::int64_t previous = row_key(*start, 0) - 1;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    // What SQLite does not notice: a page of zeros reads as rows with the key 0.
    if (*row && query->integer(0) <= std::exchange(previous, query->integer(0))) {
      return base::make_error(base::ErrorCode::kCorrupt, "rows of the log are out of order");
    }
    const auto first = *row ? first_of_key(query->integer(0)) : base::Sequence();
    if (commit && (!*row || commit->first != first)) {
      if (unstored) unstored = commit->last.next();
      if (!visit(finish(std::move(*commit), floors))) return {};
      commit.reset();
    }
    if (!*row) break;
    if (!commit) {
      if (!visit_before(first)) return {};
      commit = Commit{first, {query->natural(2)}, cached(first), {}, 0};
    }
    commit->stored_bytes += query->natural(4);
    if (commit->cached != nullptr)
      continue;  // The data column is not touched: its pages stay unread.
    commit->rows.push_back({{first,
                             {query->natural(2)},
                             static_cast<NamespaceId>(query->integer(1)),
                             query->natural(3),
                             query->natural(4),
                             query->integer(5)},
                            static_cast<std::uint32_t>(query->natural(6)),
                            std::string(query->bytes(7))});
  }
  (void)visit_before({std::numeric_limits<std::uint64_t>::max()});
  return {};
}

}  // namespace weir::log
