#include "log/retention.hpp"

#include <algorithm>
#include <optional>

#include "base/logging.hpp"

namespace weir::log {
namespace {

constexpr std::size_t kStepRows = 64;
constexpr std::uint64_t kStepBytes = 4 << 20;
constexpr std::size_t kStepPostings = 256;
constexpr std::size_t kStepClosures = 1024;

/// Whether a transaction has done enough.
bool enough(std::size_t rows, std::uint64_t bytes) {
  return rows >= kStepRows || bytes >= kStepBytes;
}

}  // namespace

void Retention::add_trimmed(std::string topic, base::Sequence floor) {
  trimmed_.push_back({std::move(topic), floor, {}});
}

bool Retention::step(const Namespaces& namespaces) {
  auto& engine = *context_.engine;
  auto& state = *context_.state;
  if (state.failed.load(std::memory_order_relaxed)) return false;
  more_ = false;
  written_ = state.record;
  totals_ = state.totals;
  Changes changes;
  changes.floor = state.floors.get()->all;

  if (auto begun = engine.begin(); !begun) return fail(begun.error());
  // In memory a row is gone when it is erased, on the disk when that is committed.
  std::optional<Erasure> erasure;
  if (engine.in_memory()) erasure.emplace(state);
  auto done = erase_old(namespaces, changes);
  if (done) done = erase_excess(changes);
  if (done) done = clean_trimmed(changes);
  const bool rows_changed = !changes.erased.empty() || !changes.rewritten.empty();
  if (done && rows_changed) done = move_floor(changes);
  if (done) find_forgotten_closures(changes);
  const bool changed = rows_changed || !changes.reopened.empty();
  if (done && changed) done = save(changes);
  bool shrunk = false;
  if (done && !changed && !more_) {
    auto shrinks = engine.shrink();
    if (shrinks) {
      shrunk = *shrinks;
    } else {
      done = shrinks.error();
    }
  }
  if (!done) return fail(done.error());
  if (changed && !erasure) erasure.emplace(state);
  if (auto committed = engine.commit(false); !committed) return fail(committed.error());
  failing_ = false;
  note_cleaned(changes);
  if (changed) take_over(changes);
  return more_ || changed || shrunk;
}

bool Retention::fail(const base::Error& error) {
  context_.engine->rollback();
  // A full disk gives retention another chance at the next step; a broken one ends all writing.
  if (error.code == base::ErrorCode::kStorageFailed && !context_.state->failed.exchange(true)) {
    base::log_error("log.failed", "error=\"{}\"", error.message());
  } else if (!failing_) {
    base::log_warning("log.retention_failed", "error=\"{}\"", error.message());
  }
  failing_ = true;
  return false;
}

/// Age counts from the commit: events carry their publishers' times, which may be years old. At
/// least `retention.events` events stay, so that a large batch is not lost by being large.
bool Retention::over_limit(const NamespaceRules& rules, const Totals& totals,
                           const RowInfo& oldest) const {
  const auto& limit = rules.retention;
  if (limit.age.count() > 0 &&
      oldest.committed_at + limit.age.count() <= context_.clock->unix_millis()) {
    return true;
  }
  if (limit.events > 0 && totals.events >= limit.events + oldest.events) return true;
  // The newest row stays whatever its size.
  return limit.bytes > 0 && totals.bytes > limit.bytes && totals.events > oldest.events;
}

base::Result<> Retention::erase_old(const Namespaces& namespaces, Changes& changes) {
  std::uint64_t bytes = 0;
  for (auto& [id, totals] : totals_) {
    while (totals.events > 0) {
      auto oldest = context_.engine->oldest(id);
      if (!oldest) return oldest.error();
      if (!*oldest || !over_limit(namespaces.of(id), totals, **oldest)) break;
      if (enough(changes.erased.size(), bytes)) {
        more_ = true;
        return {};
      }
      bytes += (*oldest)->bytes;
      if (auto erased = erase(**oldest, changes); !erased) return erased;
    }
  }
  return {};
}

base::Result<> Retention::erase_excess(Changes& changes) {
  std::uint64_t excess = context_.engine->memory_excess();
  while (excess > 0) {
    auto oldest = context_.engine->oldest(std::nullopt);
    if (!oldest) return oldest.error();
    if (!*oldest || (*oldest)->last == context_.state->committed.get()) return {};
    if (auto erased = erase(**oldest, changes); !erased) return erased;
    excess = context_.engine->memory_excess();
  }
  return {};
}

base::Result<> Retention::erase(const RowInfo& row, Changes& changes) {
  auto first = context_.engine->oldest(std::nullopt);
  if (!first) return first.error();
  // What goes from the front of the log moves its floor; what goes from its middle is told by
  // topic.
  bool middle = *first && (*first)->first < row.first;
  if (!middle) {
    // The commit's rows of other namespaces keep the floor where it is.
    auto siblings = context_.engine->rows_at(row.first);
    if (!siblings) return siblings.error();
    middle = siblings->size() > 1;
  }
  if (middle) {
    if (auto noted = note_lost_topics(row, changes); !noted) return noted;
  }
  return erase_told(row, changes);
}

/// Erases a row of which the floors tell already, or will.
base::Result<> Retention::erase_told(const RowInfo& row, Changes& changes) {
  if (auto erased = context_.engine->erase(row); !erased) return erased;
  auto& totals = totals_[row.namespace_id];
  totals.events -= row.events;
  totals.bytes -= row.bytes;
  changes.erased.push_back(row);
  return {};
}

/// Raises the floors of the topics in a row that goes before older rows of other namespaces. A
/// topic that is not an event's first may have older events in those; they go with it, because a
/// gap that is told is better than one that is not.
base::Result<> Retention::note_lost_topics(const RowInfo& row, Changes& changes) {
  auto loaded = context_.engine->load(row);
  if (!loaded) return loaded.error();
  std::vector<EncodedRow> rows;
  rows.push_back(std::move(*loaded));
  auto batch = BatchDecoder::decode(written_.epoch, std::move(rows));
  if (!batch) return {};  // Damaged: its topics are not known.
  for (std::size_t i = 0; i < (*batch)->size(); ++i) {
    const auto& event = (**batch)[i];
    for (const auto topic : event.topics) {
      auto& floor = changes.topic_floors[std::string(topic)];
      floor = std::max(floor, event.sequence);
    }
  }
  return {};
}

base::Result<> Retention::clean_trimmed(Changes& changes) {
  if (trimmed_.empty() || more_) return {};
  const auto& trimmed = trimmed_.front();
  const auto floors = context_.state->floors.get();
  auto postings =
      context_.index->postings(trimmed.topic, trimmed.done, trimmed.floor, kStepPostings);
  if (!postings) {
    // Without the index the dead events' space is not found; they stay invisible all the same.
    base::log_warning("log.index_failed", "error=\"{}\"", postings.error().message());
    trimmed_.pop_front();
    return {};
  }
  std::uint64_t bytes = 0;
  std::size_t rows_seen = 0;
  auto& done = changes.cleaned_up_to = trimmed.done;
  for (const auto position : *postings) {
    if (position <= done) continue;
    if (enough(rows_seen, bytes)) break;
    auto rows = context_.engine->rows_at(position);
    if (!rows) return rows.error();
    done = position;
    for (const auto& row : *rows) {
      if (auto cleaned = clean_row(row, floors->topics, changes); !cleaned) return cleaned;
      done = row.last;
      bytes += row.bytes;
      ++rows_seen;
    }
  }
  changes.cleaned = done >= trimmed.floor || postings->empty();
  more_ = !changes.cleaned || trimmed_.size() > 1;
  return {};
}

void Retention::note_cleaned(const Changes& changes) {
  if (trimmed_.empty()) return;
  auto& trimmed = trimmed_.front();
  trimmed.done = std::max(trimmed.done, changes.cleaned_up_to);
  if (!changes.cleaned) return;
  context_.index_trims->with([&](IndexTrims& trims) {
    trims.topics.emplace_back(std::move(trimmed.topic), trimmed.floor);
  });
  trimmed_.pop_front();
}

base::Result<> Retention::clean_row(const RowInfo& row, const TopicFloors& floors,
                                    Changes& changes) {
  auto loaded = context_.engine->load(row);
  if (!loaded) return loaded.error();
  std::vector<EncodedRow> rows;
  rows.push_back(std::move(*loaded));
  auto batch = BatchDecoder::decode(written_.epoch, std::move(rows), &floors);
  if (!batch) return {};  // Damaged: nothing can be said about it.
  const auto alive = (*batch)->size();
  if (alive * 2 > row.events) return {};
  if (alive == 0) return erase_told(row, changes);
  RowEncoder encoder(row.first, row.last, row.namespace_id, row.committed_at);
  for (std::size_t i = 0; i < alive; ++i) encoder.add((**batch)[i]);
  const auto encoded = encoder.finish();
  if (auto replaced = context_.engine->replace(encoded); !replaced) return replaced;
  auto& totals = totals_[row.namespace_id];
  totals.events -= row.events - encoded.info.events;
  totals.bytes -= row.bytes - encoded.info.bytes;
  changes.rewritten.emplace_back(row, encoded.info);
  return {};
}

base::Result<> Retention::move_floor(Changes& changes) {
  auto oldest = context_.engine->oldest(std::nullopt);
  if (!oldest) return oldest.error();
  if (*oldest) {
    changes.floor = std::max(changes.floor, base::Sequence{(*oldest)->first.value - 1});
    return {};
  }
  for (const auto& row : changes.erased) changes.floor = std::max(changes.floor, row.last);
  return {};
}

/// A topic that ended is forgotten with its last event: closures would be kept for ever otherwise.
void Retention::find_forgotten_closures(Changes& changes) {
  const auto& state = *context_.state;
  changes.reopened = state.closed.with(
      [&](const auto& closed) { return closed.up_to(changes.floor, kStepClosures); });
  if (changes.reopened.size() == kStepClosures) more_ = true;
  for (const auto& [topic, floor] : changes.topic_floors) {
    const auto at = state.closed_at(topic);
    if (at && *at > changes.floor && *at <= floor) changes.reopened.push_back(topic);
  }
}

base::Result<> Retention::save(const Changes& changes) {
  auto& engine = *context_.engine;
  for (const auto& [id, totals] : totals_) {
    if (auto saved = engine.save_totals(id, totals); !saved) return saved;
  }
  for (const auto& [topic, floor] : changes.topic_floors) {
    if (auto set = engine.set_topic_floor(topic, floor); !set) return set;
  }
  for (const auto& topic : changes.reopened) {
    if (auto reopened = engine.reopen_topic(topic); !reopened) return reopened;
  }
  if (changes.floor > context_.state->floors.get()->all) {
    if (auto dropped = engine.drop_topic_floors(changes.floor); !dropped) return dropped;
  }
  // The head is saved with what is erased: the rows that tell it may all be gone.
  written_.head = written_.totals_up_to = context_.state->committed.get();
  written_.floor = changes.floor;
  written_.clean = false;
  return engine.save(written_);
}

void Retention::take_over(const Changes& changes) {
  auto& state = *context_.state;
  state.record = written_;
  for (const auto& row : changes.erased) state.subtract(row.namespace_id, row.events, row.bytes);
  for (const auto& [from, to] : changes.rewritten) {
    state.subtract(from.namespace_id, from.events - to.events, from.bytes - to.bytes);
  }
  state.closed.with([&](auto& closed) {
    for (const auto& topic : changes.reopened) closed.reopen(topic);
  });
  const auto before = state.floors.get();
  if (changes.floor == before->all && changes.topic_floors.empty()) return;
  auto topics = before->topics;
  for (const auto& [topic, at] : changes.topic_floors) {
    auto& floor = topics[topic];
    floor = std::max(floor, at);
  }
  std::erase_if(topics, [&](const auto& entry) { return entry.second <= changes.floor; });
  state.set_floors(changes.floor, std::move(topics));
  context_.index_trims->with([&](IndexTrims& trims) {
    trims.floor = std::max(trims.floor, changes.floor);
    for (const auto& entry : changes.topic_floors) trims.topics.push_back(entry);
  });
  state.announce_floors = false;
  if (context_.listener != nullptr) context_.listener->on_trim(state.floors.get());
}

}  // namespace weir::log
