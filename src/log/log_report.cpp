#include "log/log_report.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "log/data_directory.hpp"
#include "log/log_snapshot.hpp"
#include "log/topic_index_file.hpp"
#include "log/topic_index_reader.hpp"

namespace weir::log {
namespace {

std::uint64_t bytes_of(const std::string& file) {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(file, failed);
  return failed ? 0 : bytes;
}

std::optional<base::UnixMillis> commit_time(SqliteDatabase& database, std::string_view which,
                                            std::optional<NamespaceId> id = {}) {
  auto query = database.prepare(std::string("SELECT committed_at FROM batches ").append(which));
  if (!query) return std::nullopt;
  if (id) query->bind(*id);
  auto row = query->step();
  if (!row || !*row) return std::nullopt;
  return query->integer(0);
}

void add_namespaces(LogSnapshot& snapshot, LogReport& report) {
  const auto& found = snapshot.inventory();
  std::map<std::string, NamespaceId> names(found.namespaces.begin(), found.namespaces.end());
  names.emplace("", 0);
  for (const auto& [name, id] : names) {
    NamespaceReport one{name};
    if (const auto at = found.totals.find(id); at != found.totals.end()) {
      one.events = at->second.events;
      one.bytes = at->second.bytes;
    }
    // The index knows the rows of other namespaces than the default one.
    one.oldest =
        id == 0
            ? commit_time(snapshot.database(), "WHERE +namespace_id = 0 ORDER BY id LIMIT 1")
            : commit_time(snapshot.database(),
                          "WHERE namespace_id = ? AND namespace_id <> 0 ORDER BY id LIMIT 1", id);
    report.events += one.events;
    report.bytes += one.bytes;
    report.namespaces.push_back(std::move(one));
  }
}

using Topics = std::map<std::string, TopicInfo, std::less<>>;

/// Adds the events that stand in rows later than `after`.
base::Result<> add_from_rows(LogSnapshot& snapshot, base::Sequence after, Topics& topics) {
  const auto& found = snapshot.inventory();
  return snapshot.each_row(after.next(), [&](EncodedRow row) {
    std::vector<EncodedRow> rows;
    rows.push_back(std::move(row));
    const auto batch = BatchDecoder::decode(found.record.epoch, std::move(rows), &found.floors);
    if (!batch) return true;  // Told by the check.
    for (const auto& [name, runs, closed] : (*batch)->by_topic()) {
      auto& topic = topics[std::string(name)];
      for (const auto& run : runs) {
        for (auto i = run.first; i < run.first + run.count; ++i) {
          const auto& event = (**batch)[i];
          ++topic.events;
          topic.bytes += event.data.size();
          if (topic.first.value == 0) topic.first = event.sequence;
          topic.last = event.sequence;
        }
      }
    }
    return true;
  });
}

/// The index's topics, and up to where it knows them.
base::Result<base::Sequence> add_from_index(const LogPlace& place, const Inventory& found,
                                            Topics& topics) {
  {
    // Beside a running server the index may be a step ahead of what was read of the log.
    auto database = SqliteDatabase::open(place.index_file(), SqliteDatabase::Mode::kReadOnly, {});
    if (!database) return database.error();
    auto contents =
        read_index_contents(**database, {.path = {}, .vfs = {}, .epoch = found.record.epoch});
    if (!contents) return contents.error();
  }
  auto reader = TopicIndexReader::open(place.index_file(), {});
  if (!reader) return reader.error();
  auto watermark = (*reader)->begin();
  if (!watermark) return watermark.error();
  auto read = (*reader)->each_topic("", "", [&](auto name, const TopicIndexReader::Topic& topic) {
    auto& info = topics[std::string(name)];
    info.events = topic.summary.events;
    info.bytes = topic.summary.bytes;
    info.first = topic.summary.first;
    info.last = topic.summary.last;
    return true;
  });
  if (!read) return read.error();
  return *watermark;
}

void add_topics(const LogPlace& place, LogSnapshot& snapshot, std::size_t largest_max,
                LogReport& report) {
  Topics topics;
  base::Sequence known;
  if (!place.directory.empty()) {
    auto from_index = add_from_index(place, snapshot.inventory(), topics);
    if (from_index) {
      known = *from_index;
    } else {
      report.index_note = from_index.error().detail;
      topics.clear();
    }
  }
  if (auto added = add_from_rows(snapshot, known, topics); !added) {
    report.index_note += (report.index_note.empty() ? "" : "; ") + added.error().message();
  }
  report.topics = topics.size();
  for (auto& [name, info] : topics) {
    info.name = name;
    info.closed = snapshot.inventory().closed.contains(name);
    report.largest.push_back(std::move(info));
  }
  const auto count = std::min(largest_max, report.largest.size());
  std::partial_sort(report.largest.begin(),
                    report.largest.begin() + static_cast<std::ptrdiff_t>(count),
                    report.largest.end(), [](const TopicInfo& a, const TopicInfo& b) {
                      return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name;
                    });
  report.largest.resize(count);
}

}  // namespace

LogPlace place_of(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) return {path, {}};
  return {path + "/log.db", path};
}

base::Result<LogReport> report_log(const LogPlace& place, std::size_t largest_max) {
  auto snapshot = LogSnapshot::open(place.file);
  if (!snapshot) return snapshot.error();
  const auto& found = snapshot->inventory();
  LogReport report;
  report.file = place.file;
  report.version = snapshot->version();
  report.epoch = found.record.epoch;
  report.head = found.head();
  report.floor = found.record.floor;
  report.clean = found.record.clean;
  report.trimmed_topics = found.floors.size();
  report.closed_topics = found.closed.size();
  auto& database = snapshot->database();
  report.oldest = commit_time(database, "ORDER BY id LIMIT 1");
  report.newest = commit_time(database, "ORDER BY id DESC LIMIT 1");
  add_namespaces(*snapshot, report);
  add_topics(place, *snapshot, largest_max, report);
  const auto free_pages = database.number("PRAGMA freelist_count");
  const auto page_bytes = database.number("PRAGMA page_size");
  if (free_pages && page_bytes) {
    report.free_bytes =
        static_cast<std::uint64_t>(free_pages->value_or(0) * page_bytes->value_or(0));
  }
  report.file_bytes = bytes_of(place.file);
  report.wal_bytes = bytes_of(place.file + "-wal");
  if (!place.directory.empty()) {
    report.index_bytes = bytes_of(place.index_file());
    report.holder = DataDirectory::holder(place.directory);
  }
  return report;
}

}  // namespace weir::log
