#include "log/log_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "log/log_snapshot.hpp"
#include "log/topic_index_file.hpp"
#include "log/topic_index_reader.hpp"

namespace weir::log {
namespace {

/// What is to be the same of a topic in the log and in its index.
struct Figures {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::uint64_t mix = 0;  ///< Of the positions, in any order.

  void add(base::Sequence sequence, std::uint64_t data_bytes) {
    ++events;
    bytes += data_bytes;
    mix += sequence.value * 0x9e3779b97f4a7c15 ^ sequence.value >> 7;
  }
  friend bool operator==(const Figures&, const Figures&) = default;
};

class Check {
 public:
  Check(LogSnapshot& snapshot, const std::function<bool()>& stop)
      : snapshot_(snapshot), found_(snapshot.inventory()), stop_(stop) {}

  CheckResult run(std::unique_ptr<TopicIndexReader> index, base::Sequence watermark) {
    structure();
    if (index != nullptr) watermark_ = watermark;
    rows();
    if (result_.stopped) return finish();
    totals();
    namespace_index();
    // Rows that cannot be read are not held against the index.
    if (index != nullptr && result_.damage.empty()) topics(*index);
    return finish();
  }

  void note(std::string text) { result_.notes.push_back(std::move(text)); }

 private:
  void damage(std::string text) {
    if (result_.damage.size() < kFindingsMax)
      result_.damage.push_back(std::move(text));
    else
      ++unsaid_;
  }

  CheckResult finish() {
    if (unsaid_ > 0) result_.damage.push_back(fmt::format("and {} more", unsaid_));
    return std::move(result_);
  }

  void structure() {
    auto check = snapshot_.database().prepare(fmt::format("PRAGMA quick_check({})", kFindingsMax));
    if (!check) return damage(check.error().message());
    for (;;) {
      auto row = check->step();
      if (!row) return damage(row.error().message());
      if (!*row) return;
      if (check->bytes(0) != "ok") damage(fmt::format("SQLite: {}", check->bytes(0)));
    }
  }

  void rows() {
    const auto read = snapshot_.each_row({}, [&](EncodedRow row) {
      if (stop_ && stop_()) {
        result_.stopped = true;
        return false;
      }
      place_of_row(row.info);
      contents(std::move(row));
      return true;
    });
    if (!read) damage(read.error().message());
    const auto& record = found_.record;
    if (record.clean && previous_.last > record.head) {
      damage(fmt::format("the log was closed at position {}, but there are events up to {}",
                         record.head.value, previous_.last.value));
    }
  }

  void place_of_row(const RowInfo& row) {
    ++result_.rows;
    if (row.namespace_id != 0) ++named_rows_;
    const bool same_commit = result_.rows > 1 && row.first == previous_.first;
    if (same_commit ? row.last != previous_.last : row.first <= previous_.last) {
      damage(fmt::format("the rows at {} and {} claim the same positions", previous_.first.value,
                         row.first.value));
    }
    if (row.first.value == 0 || row.last < row.first) {
      damage(fmt::format("the row at {} claims impossible positions", row.first.value));
    }
    previous_ = row;
    auto& sum = sums_[row.namespace_id];
    sum.events += row.events;
    sum.bytes += row.bytes;
  }

  void contents(EncodedRow row) {
    const auto first = row.info.first;
    std::vector<EncodedRow> one;
    one.push_back(std::move(row));
    const auto batch = BatchDecoder::decode(found_.record.epoch, std::move(one), &found_.floors);
    if (!batch) return damage(batch.error().detail);
    result_.events += (*batch)->size();
    if (first > watermark_) return;
    for (const auto& [name, runs, closed] : (*batch)->by_topic()) {
      auto& figures = topics_[std::string(name)];
      for (const auto& run : runs) {
        for (auto i = run.first; i < run.first + run.count; ++i) {
          figures.add((**batch)[i].sequence, (**batch)[i].data.size());
        }
      }
    }
  }

  void totals() {
    for (const auto& [id, sum] : sums_) {
      const auto at = found_.totals.find(id);
      if (at == found_.totals.end()) {
        damage(fmt::format("there are rows of a namespace {} that is not known", id));
      } else if (at->second.events != sum.events || at->second.bytes != sum.bytes) {
        damage(
            fmt::format("namespace {}: the totals are {} events and {} bytes, the rows hold {} and "
                        "{}",
                        id, at->second.events, at->second.bytes, sum.events, sum.bytes));
      }
    }
  }

  void namespace_index() {
    const auto indexed = snapshot_.database().number(
        "SELECT count(*) FROM batches INDEXED BY batches_by_namespace WHERE namespace_id <> 0");
    if (!indexed) return damage(indexed.error().message());
    if (static_cast<std::uint64_t>(indexed->value_or(0)) != named_rows_) {
      damage(fmt::format("the index of namespaces knows {} rows of {}", indexed->value_or(0),
                         named_rows_));
    }
  }

  /// Where a topic's entries begin to count: below, the index may have still to forget them.
  base::Sequence floor_of(const std::string& topic) const {
    const auto at = found_.floors.find(topic);
    return at == found_.floors.end() ? lowest_ : std::max(at->second, lowest_);
  }

  void topics(TopicIndexReader& index) {
    lowest_ = found_.record.floor;
    std::vector<std::pair<std::string, std::int64_t>> known;
    auto read = index.each_topic("", "", [&](auto name, const TopicIndexReader::Topic& topic) {
      known.emplace_back(name, topic.id);
      return true;
    });
    for (const auto& [name, id] : known) {
      if (!read) break;
      Figures figures;
      const auto floor = floor_of(name);
      read = index.each_chunk(id, floor, watermark_, [&](const PostingRun& chunk) {
        PostingReader postings(chunk);
        for (Posting posting; postings.next(posting);) {
          if (posting.sequence > floor && posting.sequence <= watermark_) {
            figures.add(posting.sequence, posting.bytes);
          }
        }
        return true;
      });
      compare(name, figures);
    }
    if (!read) return damage(fmt::format("the topic index: {}", read.error().detail));
    for (const auto& [name, figures] : topics_) {
      damage(fmt::format("the topic index lacks the topic \"{}\" with {} events", name,
                         figures.events));
    }
  }

  void compare(const std::string& name, const Figures& indexed) {
    Figures stored;
    if (const auto at = topics_.find(name); at != topics_.end()) {
      stored = at->second;
      topics_.erase(at);
    }
    if (stored == indexed) return;
    damage(fmt::format("the topic index has {} events and {} bytes of \"{}\", the log {} and {}{}",
                       indexed.events, indexed.bytes, name, stored.events, stored.bytes,
                       stored.events == indexed.events ? " at other positions" : ""));
  }

  LogSnapshot& snapshot_;
  const Inventory& found_;
  const std::function<bool()>& stop_;
  CheckResult result_;
  std::uint64_t unsaid_ = 0;
  base::Sequence watermark_;  ///< Up to here the topic index is to be complete; 0: there is none.
  base::Sequence lowest_;
  RowInfo previous_;
  std::uint64_t named_rows_ = 0;
  std::map<NamespaceId, Totals> sums_;
  std::unordered_map<std::string, Figures> topics_;
};

/// The topic index as it is now: before the log is read, so that the log is no older.
struct OpenIndex {
  std::unique_ptr<TopicIndexReader> reader;
  base::Sequence watermark;
  std::string unusable;
};

OpenIndex open_index(const LogPlace& place, const Inventory& found) {
  OpenIndex index;
  const auto fail = [&](const base::Error& error) {
    index.reader.reset();
    index.unusable = error.detail;
    return std::move(index);
  };
  {
    auto database = SqliteDatabase::open(place.index_file(), SqliteDatabase::Mode::kReadOnly, {});
    if (!database) return fail(database.error());
    auto contents =
        read_index_contents(**database, {.path = {}, .vfs = {}, .epoch = found.record.epoch});
    if (!contents) return fail(contents.error());
  }
  auto reader = TopicIndexReader::open(place.index_file(), {});
  if (!reader) return fail(reader.error());
  index.reader = std::move(*reader);
  auto watermark = index.reader->begin();
  if (!watermark) return fail(watermark.error());
  index.watermark = *watermark;
  return index;
}

}  // namespace

base::Result<CheckResult> check_log(const LogPlace& place, const std::function<bool()>& stop) {
  OpenIndex index;
  if (!place.directory.empty()) {
    auto before = LogSnapshot::open(place.file);
    if (!before) return before.error();
    index = open_index(place, before->inventory());
  }
  auto snapshot = LogSnapshot::open(place.file);
  if (!snapshot) return snapshot.error();
  Check check(*snapshot, stop);
  if (index.reader != nullptr && index.watermark > snapshot->inventory().head()) {
    index.unusable = fmt::format("it knows of position {}, but the log ends at {}",
                                 index.watermark.value, snapshot->inventory().head().value);
    index.reader.reset();
  }
  if (!index.unusable.empty()) {
    check.note(fmt::format("the topic index is rebuilt at the next start: {}", index.unusable));
  }
  return check.run(std::move(index.reader), index.watermark);
}

}  // namespace weir::log
