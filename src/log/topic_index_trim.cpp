// The trims of the topic index's file: in transactions of bounded size, each of which leaves the
// totals right.

#include "log/topic_index_file.hpp"

namespace weir::log {
namespace {

/// A transaction touches about so many chunks and topics at most.
constexpr std::size_t kTrimBudget = 2000;
constexpr std::size_t kTopicsAtOnce = 1000;
constexpr const char* kGiveBackSpace = "PRAGMA incremental_vacuum(512)";

}  // namespace

base::Result<TopicIndexFile::Trimmed> TopicIndexFile::trim_topic(std::string_view name,
                                                                 base::Sequence up_to) {
  Trimmed trimmed;
  auto result = in_transaction([&]() -> base::Result<> {
    auto topic = find(name);
    if (!topic) return topic.error();
    trimmed.done = true;
    if (!*topic || (*topic)->summary.first > up_to) return {};
    std::size_t budget = kTrimBudget;
    return trim_chunks(std::move(**topic), up_to, trimmed, budget);
  });
  if (result && !trimmed.left.empty()) result = give_back_space();
  if (!result) return result.error();
  return trimmed;
}

base::Result<TopicIndexFile::Trimmed> TopicIndexFile::trim_all(base::Sequence floor) {
  Trimmed trimmed;
  auto result = in_transaction([&]() -> base::Result<> {
    std::vector<Topic> topics;
    {
      auto select = database_->prepare(
          "SELECT id, name, first_sequence, last_sequence, events, bytes FROM topics "
          "WHERE first_sequence <= ? ORDER BY first_sequence LIMIT ?");
      if (!select) return select.error();
      select->bind(floor.value).bind(std::uint64_t{kTopicsAtOnce});
      for (;;) {
        auto row = select->step();
        if (!row) return row.error();
        if (!*row) break;
        topics.push_back(
            {select->integer(0), std::string(select->bytes(1)), read_summary(*select, 2)});
      }
    }
    trimmed.done = topics.size() < kTopicsAtOnce;
    std::size_t budget = kTrimBudget;
    for (auto& topic : topics) {
      if (budget == 0) {
        trimmed.done = false;
        break;
      }
      if (auto done = trim_chunks(std::move(topic), floor, trimmed, budget); !done) return done;
    }
    return {};
  });
  if (result) result = give_back_space();
  if (!result) return result.error();
  return trimmed;
}

/// Trims a topic as far as the budget goes.
base::Result<> TopicIndexFile::trim_chunks(Topic topic, base::Sequence up_to, Trimmed& trimmed,
                                           std::size_t& budget) {
  auto erased = erase_chunks(topic.id, up_to, budget);
  if (!erased) return erased.error();
  budget -= erased->chunks;
  topic.summary.events -= erased->postings.events;
  topic.summary.bytes -= erased->postings.bytes;
  if (topic.summary.empty()) return erase_topic(topic, trimmed);
  if (budget > 0) {
    auto cut = cut_first_chunk(topic.id, up_to);
    if (!cut) return cut.error();
    topic.summary.events -= cut->events;
    topic.summary.bytes -= cut->bytes;
    --budget;
  } else {
    trimmed.done = false;
  }
  auto first = database_->prepare(
      "SELECT first_sequence FROM postings WHERE topic = ? ORDER BY first_sequence LIMIT 1");
  if (!first) return first.error();
  auto row = first->bind(topic.id).step();
  if (!row) return row.error();
  if (!*row) {
    return base::make_error(base::ErrorCode::kCorrupt,
                            "a topic of the topic index lacks postings that it counts");
  }
  topic.summary.first = {first->natural(0)};
  return store_topic(topic);
}

/// Erases chunks that lie before or at the position altogether, the oldest first.
base::Result<TopicIndexFile::Erased> TopicIndexFile::erase_chunks(std::int64_t topic,
                                                                  base::Sequence up_to,
                                                                  std::size_t limit) {
  Erased erased;
  base::Sequence newest;
  {
    auto select = database_->prepare(
        "SELECT first_sequence, last_sequence, events, bytes FROM postings "
        "WHERE topic = ? AND first_sequence <= ? ORDER BY first_sequence LIMIT ?");
    if (!select) return select.error();
    select->bind(topic).bind(up_to.value).bind(std::uint64_t{limit});
    for (;;) {
      auto row = select->step();
      if (!row) return row.error();
      if (!*row) break;
      const auto chunk = read_summary(*select, 0);
      if (chunk.last > up_to) break;
      newest = chunk.first;
      erased.postings.append(chunk);
      ++erased.chunks;
    }
  }
  if (erased.chunks == 0) return erased;
  auto erase = database_->prepare("DELETE FROM postings WHERE topic = ? AND first_sequence <= ?");
  if (!erase) return erase.error();
  if (auto done = erase->bind(topic).bind(newest.value).run(); !done) return done.error();
  return erased;
}

/// Takes the postings up to the position, but not all, out of the topic's first chunk. Returns what
/// was taken.
base::Result<PostingSummary> TopicIndexFile::cut_first_chunk(std::int64_t topic,
                                                             base::Sequence up_to) {
  PostingRun chunk;
  {
    auto select = database_->prepare(
        "SELECT first_sequence, last_sequence, events, bytes, data FROM postings "
        "WHERE topic = ? ORDER BY first_sequence LIMIT 1");
    if (!select) return select.error();
    auto row = select->bind(topic).step();
    if (!row) return row.error();
    if (!*row || select->natural(0) > up_to.value) return PostingSummary();
    auto read = read_chunk(*select);
    if (!read) return read.error();
    chunk = std::move(*read);
  }
  auto erase = database_->prepare("DELETE FROM postings WHERE topic = ? AND first_sequence = ?");
  if (!erase) return erase.error();
  if (auto done = erase->bind(topic).bind(chunk.first.value).run(); !done) return done.error();
  PostingSummary cut = chunk;
  chunk.trim(up_to);
  cut.events -= chunk.events;
  cut.bytes -= chunk.bytes;
  if (auto stored = store_chunk(topic, chunk); !stored) return stored.error();
  return cut;
}

base::Result<> TopicIndexFile::erase_topic(const Topic& topic, Trimmed& trimmed) {
  auto erase = database_->prepare("DELETE FROM topics WHERE id = ?");
  if (!erase) return erase.error();
  if (auto erased = erase->bind(topic.id).run(); !erased) return erased;
  --contents_.topics;
  trimmed.left.push_back(topic.name);
  return {};
}

base::Result<> TopicIndexFile::give_back_space() { return database_->execute(kGiveBackSpace); }

}  // namespace weir::log
