#include "log/topic_index_reader.hpp"

#include "log/topic_index_file.hpp"

namespace weir::log {
namespace {

// The range begins with the chunk that holds the position ?2, or with the one before it.
constexpr const char* kChunksBetween =
    "SELECT first_sequence, last_sequence, events, bytes, data FROM postings "
    "WHERE topic = ?1 AND first_sequence >= coalesce((SELECT max(first_sequence) FROM postings "
    "WHERE topic = ?1 AND first_sequence <= ?2), 0) AND first_sequence <= ?3 "
    "ORDER BY first_sequence";
constexpr const char* kChunksBackwards =
    "SELECT first_sequence, last_sequence, events, bytes, data FROM postings "
    "WHERE topic = ? ORDER BY first_sequence DESC";
constexpr const char* kTopicsFrom =
    "SELECT id, first_sequence, last_sequence, events, bytes, name FROM topics "
    "WHERE name >= ? ORDER BY name";

}  // namespace

base::Result<std::unique_ptr<TopicIndexReader>> TopicIndexReader::open(const std::string& path,
                                                                       const std::string& vfs) {
  auto database = SqliteDatabase::open(path, SqliteDatabase::Mode::kReadWrite, vfs);
  if (!database) return database.error();
  auto configured = (*database)->execute("PRAGMA query_only = 1; PRAGMA cache_size = -4096;");
  if (!configured) return configured.error();
  return std::unique_ptr<TopicIndexReader>(new TopicIndexReader(std::move(*database)));
}

base::Result<base::Sequence> TopicIndexReader::begin() {
  if (auto begun = database_->execute("BEGIN"); !begun) return begun.error();
  auto watermark = database_->number("SELECT watermark FROM contents WHERE id = 1");
  if (!watermark) return watermark.error();
  return base::Sequence{static_cast<std::uint64_t>(watermark->value_or(0))};
}

void TopicIndexReader::end() {
  // Nothing was written, so nothing is lost if this fails.
  if (database_->in_transaction()) static_cast<void>(database_->execute("ROLLBACK"));
}

base::Result<std::optional<TopicIndexReader::Topic>> TopicIndexReader::find(std::string_view name) {
  auto select = database_->prepare(
      "SELECT id, first_sequence, last_sequence, events, bytes FROM topics WHERE name = ?");
  if (!select) return select.error();
  auto row = select->bind(name).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Topic>();
  return std::optional<Topic>({select->integer(0), read_summary(*select, 1)});
}

base::Result<> TopicIndexReader::each_topic(
    std::string_view from, std::string_view to,
    const std::function<bool(std::string_view, const Topic&)>& on_topic) {
  auto select = database_->prepare(kTopicsFrom);
  if (!select) return select.error();
  select->bind(from);
  for (;;) {
    auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    const auto name = select->bytes(5);
    if (!to.empty() && name >= to) return {};
    if (!on_topic(name, {select->integer(0), read_summary(*select, 1)})) return {};
  }
}

base::Result<> TopicIndexReader::each_chunk(
    std::int64_t topic, base::Sequence after, base::Sequence up_to,
    const std::function<bool(const PostingRun&)>& on_chunk) {
  auto select = database_->prepare(kChunksBetween);
  if (!select) return select.error();
  select->bind(topic).bind(after.value).bind(up_to.value);
  for (;;) {
    auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    if (select->natural(1) <= after.value) continue;
    auto chunk = read_chunk(*select);
    if (!chunk) return chunk.error();
    if (!on_chunk(*chunk)) return {};
  }
}

base::Result<std::uint64_t> TopicIndexReader::count(std::int64_t topic, base::Sequence after,
                                                    base::Sequence up_to) {
  auto select = database_->prepare(kChunksBetween);
  if (!select) return select.error();
  select->bind(topic).bind(after.value).bind(up_to.value);
  std::uint64_t count = 0;
  for (;;) {
    auto row = select->step();
    if (!row) return row.error();
    if (!*row) return count;
    const auto summary = read_summary(*select, 0);
    if (summary.within(after, up_to)) {
      count += summary.events;
    } else if (summary.overlaps(after, up_to)) {
      auto chunk = read_chunk(*select);
      if (!chunk) return chunk.error();
      count += count_between(*chunk, after, up_to);
    }
  }
}

base::Result<base::Sequence> TopicIndexReader::nth_newest(std::int64_t topic, std::uint64_t n) {
  auto select = database_->prepare(kChunksBackwards);
  if (!select) return select.error();
  select->bind(topic);
  base::Sequence oldest;
  for (;;) {
    auto row = select->step();
    if (!row) return row.error();
    if (!*row) return oldest;
    const auto summary = read_summary(*select, 0);
    if (summary.events >= n) {
      auto chunk = read_chunk(*select);
      if (!chunk) return chunk.error();
      return nth_newest_of(*chunk, n);
    }
    oldest = summary.first;
    n -= summary.events;
  }
}

}  // namespace weir::log
