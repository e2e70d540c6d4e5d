#include "log/memory_engine.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace weir::log {
namespace {

constexpr std::size_t kScanChunk = 64;

/// A row of one namespace again, from the batch that it became.
EncodedRow encode_again(const Batch& batch, const RowInfo& info) {
  RowEncoder encoder(info.first, info.last, info.namespace_id, info.committed_at);
  for (std::size_t i = 0; i < batch.size(); ++i) encoder.add(batch[i]);
  return encoder.finish();
}

}  // namespace

class MemoryEngine::Reader final : public EngineReader {
 public:
  explicit Reader(std::shared_ptr<base::Guarded<Store>> store) : store_(std::move(store)) {}

  base::Result<> scan(base::Sequence after, const TopicFloors*, const Visit& visit) override {
    std::vector<Found> found;
    do {
      found.clear();
      store_->with([&](Store& store) {
        for (auto at = store.at_or_after(after.next());
             at != store.entries.end() && found.size() < kScanChunk; ++at) {
          std::uint64_t bytes = 0;
          for (const auto& row : at->rows) bytes += row.info.bytes;
          found.push_back({at->first, at->last, at->batch, bytes});
        }
      });
      for (auto& one : found) {
        after = one.last;
        if (!visit(std::move(one))) return {};
      }
    } while (found.size() == kScanChunk);
    return {};
  }

  base::Result<> read_state(const std::function<base::Result<>(State&)>&) override {
    return base::make_error(base::ErrorCode::kInternal, "the tables in memory are the writer's");
  }

 private:
  std::shared_ptr<base::Guarded<Store>> store_;
};

std::deque<MemoryEngine::Entry>::iterator MemoryEngine::Store::at_or_after(
    base::Sequence position) {
  return std::lower_bound(entries.begin(), entries.end(), position,
                          [](const Entry& entry, base::Sequence p) { return entry.last < p; });
}

void MemoryEngine::Store::update(std::deque<Entry>::iterator entry, base::Epoch epoch) {
  bytes -= entry->batch->memory_bytes();
  if (entry->rows.empty()) {
    entries.erase(entry);
    return;
  }
  const bool several = entry->rows.size() > 1;
  std::vector<EncodedRow> rows = entry->rows;
  if (!several) entry->rows.front().data.clear();
  auto batch = BatchDecoder::decode(epoch, std::move(rows));
  WEIR_CHECK(batch.has_value(), "rows in memory do not rot");
  entry->batch = std::move(*batch);
  bytes += entry->batch->memory_bytes();
}

base::Result<std::unique_ptr<MemoryEngine>> MemoryEngine::open(base::Epoch epoch,
                                                               std::uint64_t bytes_max) {
  auto database = SqliteDatabase::open(":memory:", SqliteDatabase::Mode::kMemory, "");
  if (!database) return database.error();
  std::unique_ptr<MemoryEngine> engine(new MemoryEngine(std::move(*database)));
  engine->inventory_.record.epoch = epoch;
  engine->bytes_max_ = bytes_max;
  return engine;
}

base::Result<> MemoryEngine::commit(bool) { return database_->run("COMMIT"); }

void MemoryEngine::rollback() {
  inserted_.clear();
  roll_back_all();
}

base::Result<> MemoryEngine::insert(const EncodedRow& row, bool) {
  inserted_.push_back(row);
  return {};
}

base::Result<> MemoryEngine::add_namespace(NamespaceId id, std::string_view name) {
  inventory_.namespaces.emplace(name, id);
  return {};
}

void MemoryEngine::appended(const BatchPtr& batch) {
  Entry entry{batch->first(), batch->last(), batch, std::move(inserted_)};
  inserted_ = {};
  for (const auto& row : entry.rows) firsts_[row.info.namespace_id].push_back(row.info.first);
  if (entry.rows.size() == 1) {
    entry.rows.front().data.clear();
    entry.rows.front().data.shrink_to_fit();
  }
  store_->with([&](Store& store) {
    store.bytes += batch->memory_bytes();
    store.entries.push_back(std::move(entry));
  });
}

base::Result<std::optional<RowInfo>> MemoryEngine::oldest(std::optional<NamespaceId> id) {
  base::Sequence first;
  if (id) {
    const auto& firsts = firsts_[*id];
    if (firsts.empty()) return std::optional<RowInfo>();
    first = firsts.front();
  }
  return store_->with([&](Store& store) -> std::optional<RowInfo> {
    const auto at = store.at_or_after(first);
    if (at == store.entries.end()) return std::nullopt;
    for (const auto& row : at->rows) {
      if (!id || row.info.namespace_id == *id) return row.info;
    }
    return std::nullopt;
  });
}

base::Result<std::vector<RowInfo>> MemoryEngine::rows_at(base::Sequence position) {
  return store_->with([&](Store& store) {
    std::vector<RowInfo> rows;
    const auto at = store.at_or_after(position);
    if (at == store.entries.end() || at->first > position) return rows;
    for (const auto& row : at->rows) rows.push_back(row.info);
    return rows;
  });
}

base::Result<EncodedRow> MemoryEngine::load(const RowInfo& info) {
  return store_->with([&](Store& store) -> EncodedRow {
    const auto at = store.at_or_after(info.first);
    for (const auto& row : at->rows) {
      if (row.info.namespace_id != info.namespace_id) continue;
      return row.data.empty() ? encode_again(*at->batch, info) : row;
    }
    return {};
  });
}

base::Result<> MemoryEngine::erase(const RowInfo& info) {
  auto& firsts = firsts_[info.namespace_id];
  if (firsts.front() == info.first) {
    firsts.pop_front();
  } else {
    std::erase(firsts, info.first);
  }
  store_->with([&](Store& store) {
    const auto at = store.at_or_after(info.first);
    std::erase_if(at->rows,
                  [&](const auto& row) { return row.info.namespace_id == info.namespace_id; });
    store.update(at, inventory_.record.epoch);
  });
  return {};
}

base::Result<> MemoryEngine::replace(const EncodedRow& replacement) {
  store_->with([&](Store& store) {
    const auto at = store.at_or_after(replacement.info.first);
    for (auto& row : at->rows) {
      if (row.info.namespace_id == replacement.info.namespace_id) row = replacement;
    }
    store.update(at, inventory_.record.epoch);
  });
  return {};
}

std::uint64_t MemoryEngine::memory_excess() const {
  return store_->with(
      [&](const Store& store) { return store.bytes > bytes_max_ ? store.bytes - bytes_max_ : 0; });
}

base::Result<std::unique_ptr<EngineReader>> MemoryEngine::open_reader() {
  return std::unique_ptr<EngineReader>(std::make_unique<Reader>(store_));
}

}  // namespace weir::log
