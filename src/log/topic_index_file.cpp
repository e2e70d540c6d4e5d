#include "log/topic_index_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/logging.hpp"

namespace weir::log {
namespace {

using base::ErrorCode;

/// Format 1 also held events that were never stored.
constexpr std::int64_t kFormat = 2;

/// A row of this table is kept whole in a page of 4 KiB only up to about 1,000 bytes.
constexpr std::size_t kChunkBytesMax = 960;
/// A topic's last chunk is filled up by the next flush as long as it is smaller than this: enough
/// to keep rows few, little enough to rewrite.
constexpr std::size_t kUnfinishedBytesMax = 480;

constexpr const char* kSchema = R"sql(
  CREATE TABLE contents (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    format INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    watermark INTEGER NOT NULL,
    topics INTEGER NOT NULL,
    has_shared_events INTEGER NOT NULL);
  CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL);
  CREATE INDEX topics_by_first ON topics (first_sequence);
  CREATE TABLE postings (
    topic INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (topic, first_sequence)) WITHOUT ROWID;
)sql";

base::Error unusable(std::string why) {
  return base::make_error(ErrorCode::kCorrupt, std::move(why));
}

base::Result<> configure(SqliteDatabase& database) {
  // The first two matter only before the first table.
  return database.execute(
      "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;"
      "PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 16777216;");
}

base::Result<> create(SqliteDatabase& database, base::Epoch epoch) {
  auto created = database.execute("BEGIN IMMEDIATE");
  if (created) created = database.execute(kSchema);
  if (created) {
    auto insert = database.prepare("INSERT INTO contents VALUES (1, ?, ?, 0, 0, 0)");
    if (!insert) return insert.error();
    created = insert->bind(kFormat).bind(epoch.value).run();
  }
  if (created) created = database.execute("COMMIT");
  return created;
}

}  // namespace

base::Result<TopicIndexFile::Contents> read_index_contents(SqliteDatabase& database,
                                                           const TopicIndex::Options& options) {
  auto select = database.prepare(
      "SELECT format, epoch, watermark, topics, has_shared_events FROM contents WHERE id = 1");
  // A file of a program that made other tables.
  if (!select) return unusable(select.error().detail);
  auto row = select->step();
  if (!row) return row.error();
  if (!*row || select->integer(0) != kFormat) return unusable("it is of another format");
  if (select->natural(1) != options.epoch.value) return unusable("it is of another log");
  TopicIndexFile::Contents contents{
      {select->natural(2)}, select->natural(3), select->integer(4) != 0};
  if (options.head && contents.watermark > *options.head) {
    return unusable(fmt::format("it knows of position {}, but the log ends at {}",
                                contents.watermark.value, options.head->value));
  }
  if (options.stored_up_to && contents.watermark > *options.stored_up_to) {
    auto last = database.number("SELECT max(last_sequence) FROM topics");
    if (!last) return last.error();
    if (last->value_or(0) > static_cast<std::int64_t>(options.stored_up_to->value)) {
      return unusable(fmt::format("it knows of position {}, but the log has nothing after {}",
                                  last->value_or(0), options.stored_up_to->value));
    }
  }
  return contents;
}

PostingSummary read_summary(const SqliteStatement& row, int column) {
  return {{row.natural(column)},
          {row.natural(column + 1)},
          row.natural(column + 2),
          row.natural(column + 3)};
}

base::Result<PostingRun> read_chunk(const SqliteStatement& row) {
  PostingRun run;
  static_cast<PostingSummary&>(run) = read_summary(row, 0);
  run.data = row.bytes(4);
  PostingReader reader(run);
  std::uint64_t events = 0;
  Posting posting;
  while (reader.next(posting)) ++events;
  if (!reader.complete() || events != run.events || events == 0 || posting.sequence != run.last) {
    return unusable("a chunk of the topic index does not hold what its row says");
  }
  return run;
}

base::Result<std::unique_ptr<TopicIndexFile>> TopicIndexFile::open(
    const TopicIndex::Options& options) {
  auto file = try_open(options);
  if (file || file.error().code != ErrorCode::kCorrupt) return file;
  base::log_warning("topic_index.begun_anew", "path={} reason=\"{}\"", options.path,
                    file.error().detail);
  remove(options);
  return try_open(options);
}

void TopicIndexFile::remove(const TopicIndex::Options& options) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (vfs == nullptr) return;
  for (const char* suffix : {"-wal", "-shm", "-journal", ""}) {
    vfs->xDelete(vfs, (options.path + suffix).c_str(), 0);
  }
}

base::Result<std::unique_ptr<TopicIndexFile>> TopicIndexFile::try_open(
    const TopicIndex::Options& options) {
  auto database = SqliteDatabase::open(options.path, SqliteDatabase::Mode::kCreate, options.vfs);
  if (!database) return database.error();
  if (auto configured = configure(**database); !configured) return configured.error();
  auto tables = (*database)->number("SELECT count(*) FROM sqlite_master");
  if (!tables) return tables.error();
  if (tables->value_or(0) == 0) {
    if (auto created = create(**database, options.epoch); !created) return created.error();
  }
  auto contents = read_index_contents(**database, options);
  if (!contents) return contents.error();
  return std::unique_ptr<TopicIndexFile>(new TopicIndexFile(std::move(*database), *contents));
}

base::Result<> TopicIndexFile::each_name(std::size_t limit,
                                         const std::function<void(std::string_view)>& on_name) {
  auto select = database_->prepare("SELECT name FROM topics ORDER BY id DESC LIMIT ?");
  if (!select) return select.error();
  select->bind(std::uint64_t{limit});
  for (;;) {
    auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    on_name(select->bytes(0));
  }
}

base::Result<> TopicIndexFile::in_transaction(const std::function<base::Result<>()>& body) {
  const auto before = contents_;
  auto result = database_->execute("BEGIN IMMEDIATE");
  if (result) result = body();
  if (result) result = save_contents();
  if (result) result = database_->execute("COMMIT");
  if (result) return result;
  contents_ = before;
  // Some errors have rolled back already. A rollback that fails is repeated at the next open.
  if (database_->in_transaction()) static_cast<void>(database_->execute("ROLLBACK"));
  return result;
}

base::Result<> TopicIndexFile::save_contents() {
  auto update = database_->prepare(
      "UPDATE contents SET watermark = ?, topics = ?, has_shared_events = ? WHERE id = 1");
  if (!update) return update.error();
  return update->bind(contents_.watermark.value)
      .bind(contents_.topics)
      .bind(std::uint32_t{contents_.has_shared_events})
      .run();
}

base::Result<> TopicIndexFile::write(const TopicGeneration& generation) {
  std::vector<std::pair<std::string_view, const PostingRun*>> topics;
  for (std::size_t i = 0; i < TopicGeneration::kStripes; ++i) {
    for (const auto& [name, entry] : generation.stripe(i)) topics.emplace_back(name, &entry.run);
  }
  std::sort(topics.begin(), topics.end());
  return in_transaction([&]() -> base::Result<> {
    for (const auto& [name, run] : topics) {
      if (auto written = write_topic(name, *run); !written) return written;
    }
    contents_.watermark = generation.covered;
    contents_.has_shared_events |= generation.has_shared_events;
    return {};
  });
}

base::Result<std::optional<TopicIndexFile::Topic>> TopicIndexFile::find(std::string_view name) {
  auto select = database_->prepare(
      "SELECT id, first_sequence, last_sequence, events, bytes FROM topics WHERE name = ?");
  if (!select) return select.error();
  auto row = select->bind(name).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Topic>();
  return std::optional<Topic>({select->integer(0), std::string(name), read_summary(*select, 1)});
}

base::Result<std::int64_t> TopicIndexFile::insert_topic(std::string_view name) {
  auto insert = database_->prepare(
      "INSERT INTO topics (name, first_sequence, last_sequence, events, bytes) "
      "VALUES (?, 0, 0, 0, 0)");
  if (!insert) return insert.error();
  if (auto inserted = insert->bind(name).run(); !inserted) return inserted.error();
  ++contents_.topics;
  return sqlite3_last_insert_rowid(database_->handle());
}

base::Result<> TopicIndexFile::write_topic(std::string_view name, const PostingRun& run) {
  if (run.empty()) return {};
  auto found = find(name);
  if (!found) return found.error();
  Topic topic;
  PostingRun chunk;
  if (*found) {
    topic = std::move(**found);
    auto unfinished = unfinished_chunk(topic.id);
    if (!unfinished) return unfinished.error();
    chunk = std::move(*unfinished);
  } else {
    auto id = insert_topic(name);
    if (!id) return id.error();
    topic.id = *id;
  }
  topic.summary.append(run);
  if (auto stored = store_topic(topic); !stored) return stored;

  if (chunk.empty() && run.data.size() <= kChunkBytesMax) return store_chunk(topic.id, run);
  PostingReader reader(run);
  for (Posting posting; reader.next(posting);) {
    chunk.add(posting);
    if (chunk.data.size() + kPostingBytesMax <= kChunkBytesMax) continue;
    if (auto stored = store_chunk(topic.id, chunk); !stored) return stored;
    chunk = {};
  }
  if (chunk.empty()) return {};
  return store_chunk(topic.id, chunk);
}

/// The topic's last chunk if it has much room; its row is replaced when it is stored again.
base::Result<PostingRun> TopicIndexFile::unfinished_chunk(std::int64_t topic) {
  auto select = database_->prepare(
      "SELECT first_sequence, last_sequence, events, bytes, data FROM postings WHERE topic = ? "
      "ORDER BY first_sequence DESC LIMIT 1");
  if (!select) return select.error();
  auto row = select->bind(topic).step();
  if (!row) return row.error();
  if (!*row || select->bytes(4).size() > kUnfinishedBytesMax) return PostingRun();
  return read_chunk(*select);
}

base::Result<> TopicIndexFile::store_chunk(std::int64_t topic, const PostingRun& chunk) {
  auto insert = database_->prepare("INSERT OR REPLACE INTO postings VALUES (?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  return insert->bind(topic)
      .bind(chunk.first.value)
      .bind(chunk.last.value)
      .bind(chunk.events)
      .bind(chunk.bytes)
      .bind_blob(chunk.data)
      .run();
}

base::Result<> TopicIndexFile::store_topic(const Topic& topic) {
  auto update = database_->prepare(
      "UPDATE topics SET first_sequence = ?, last_sequence = ?, events = ?, bytes = ? "
      "WHERE id = ?");
  if (!update) return update.error();
  return update->bind(topic.summary.first.value)
      .bind(topic.summary.last.value)
      .bind(topic.summary.events)
      .bind(topic.summary.bytes)
      .bind(topic.id)
      .run();
}

}  // namespace weir::log
