#include "base/logging.hpp"
#include "base/random.hpp"
#include "log/data_directory.hpp"
#include "log/memory_engine.hpp"
#include "log/sqlite_engine.hpp"
#include "log/stored_log.hpp"

namespace weir::log {
namespace {

constexpr std::size_t kReaderThreads = 2;

base::Result<std::unique_ptr<Engine>> open_engine(const Options& options) {
  const auto& settings = *options.settings;
  const base::Epoch epoch{options.seed == 0 ? base::random_seed()
                                            : base::Random(options.seed).next()};
  if (settings.data_dir.empty()) {
    auto engine = MemoryEngine::open(epoch, settings.memory_bytes);
    if (!engine) return engine.error();
    return std::unique_ptr<Engine>(std::move(*engine));
  }
  auto engine = SqliteEngine::open({.path = settings.data_dir + "/log.db",
                                    .vfs = options.vfs,
                                    .new_epoch = epoch,
                                    .wal_bytes = settings.wal_bytes,
                                    .cache_bytes = settings.ring_bytes,
                                    .unstored_bytes = settings.ring_bytes});
  if (engine) return std::unique_ptr<Engine>(std::move(*engine));
  auto error = engine.error();
  if (error.code == base::ErrorCode::kStorageFailed) {
    error.code = base::ErrorCode::kDataDirectoryUnusable;
  }
  return error;
}

/// The index is a convenience: when its file cannot be used, it is built in memory from the log.
base::Result<std::unique_ptr<TopicIndex>> open_index(const Options& options,
                                                     const Inventory& found) {
  const auto& directory = options.settings->data_dir;
  if (!directory.empty()) {
    auto index =
        TopicIndex::open({directory + "/topics.db", options.vfs, found.record.epoch, found.head(),
                          found.record.clean ? std::nullopt : std::optional(found.known())});
    if (index) return index;
    base::log_warning("log.index_unusable", "error=\"{}\"", index.error().message());
  }
  return TopicIndex::open({{}, {}, found.record.epoch});
}

}  // namespace

base::Result<std::unique_ptr<Log>> open(const Options& options) {
  StoredLog::Parts parts;
  // A VFS of the caller's own has no directory on this machine's disk to lock.
  if (!options.settings->data_dir.empty() && options.vfs.empty()) {
    auto directory = DataDirectory::open(options.settings->data_dir, *options.clock);
    if (!directory) return directory.error();
    parts.directory = std::move(*directory);
  }
  auto engine = open_engine(options);
  if (!engine) return engine.error();
  parts.engine = std::move(*engine);
  auto index = open_index(options, parts.engine->inventory());
  if (!index) return index.error();
  parts.index = std::move(*index);
  for (std::size_t i = 0; i < (options.manual ? 1 : kReaderThreads); ++i) {
    auto reader = parts.engine->open_reader();
    if (!reader) return reader.error();
    parts.readers.push_back(std::move(*reader));
  }
  return StoredLog::start(std::move(parts), options);
}

}  // namespace weir::log
