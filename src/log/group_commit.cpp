#include "log/group_commit.hpp"

#include <algorithm>
#include <optional>

#include "base/check.hpp"
#include "base/logging.hpp"

namespace weir::log {
namespace {

constexpr std::size_t kGroupBytes = 4 << 20;
constexpr std::size_t kGroupEvents = 4096;
constexpr std::size_t kGroupRequests = 4096;
/// How far ahead of the head positions are reserved when they may be lost.
constexpr std::uint64_t kReservedAhead = 65'536;

/// Positions after which the totals are saved again.
constexpr std::uint64_t kTotalsEvery = 16'384;

using enum base::ErrorCode;

/// The disk does not do what it says; nothing that follows could be trusted.
bool is_fatal(const base::Error& error) {
  return error.code == kStorageFailed || error.code == kCorrupt;
}

}  // namespace

std::uint64_t GroupCommit::run(std::deque<WaitingRequest>& waiting, const Namespaces& namespaces) {
  auto& state = *context_.state;
  applied_.clear();
  if (state.failed.load(std::memory_order_relaxed)) {
    while (!waiting.empty()) take_front(waiting);
    give_up(base::make_error(kStorageFailed));
    return complete_all();
  }
  const auto started = context_.clock->steady();
  OpenTransaction transaction(*context_.engine, state, *context_.index, namespaces,
                              context_.clock->unix_millis());
  std::vector<BatchBuilder::Row> rows;
  auto done = context_.engine->begin();
  if (done) {
    done = apply_all(waiting, transaction);
  } else {
    take_front(waiting);
  }
  if (done) {
    if (transaction.builder().size() > 0) rows = transaction.builder().encode();
    done = write(transaction, namespaces, rows);
  }
  if (!done) {
    give_up(done.error());
    return complete_all();
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(context_.clock->steady() - started);
  state.full.store(false, std::memory_order_relaxed);
  state.commits.add();
  state.commit_micros_last.set(static_cast<std::uint64_t>(took.count()));
  state.commit_micros.add(static_cast<std::uint64_t>(took.count()));
  state.commit_times.note(took);
  state.committed_events.add(transaction.builder().size());
  publish(transaction, std::move(rows));
  return complete_all();
}

void GroupCommit::take_front(std::deque<WaitingRequest>& waiting) {
  applied_.push_back({std::move(waiting.front()), {}});
  waiting.pop_front();
}

base::Result<> GroupCommit::apply_all(std::deque<WaitingRequest>& waiting,
                                      OpenTransaction& transaction) {
  while (!waiting.empty() && applied_.size() < kGroupRequests &&
         transaction.builder().size() < kGroupEvents &&
         transaction.builder().bytes() < kGroupBytes) {
    take_front(waiting);
    auto& applied = applied_.back();
    transaction.begin_request();
    applied.outcome = applied.waiting.request->apply(transaction);
    // On a full disk SQLite may have rolled back everything, the other requests' parts as well;
    // then there is nothing left that this request's part could be taken back from.
    if (!context_.engine->in_transaction()) {
      return applied.outcome ? base::make_error(kInternal, "the transaction was lost")
                             : applied.outcome.error();
    }
    if (!applied.outcome && is_fatal(applied.outcome.error())) return applied.outcome;
    if (auto ended = transaction.end_request(applied.outcome.has_value()); !ended) return ended;
  }
  return {};
}

/// Reserves positions ahead if some that this commit hands out could be lost: after a crash the log
/// goes on behind the reservation, so that no position ever stands for two events. With it goes
/// which topics are at risk, so that the loss can be told.
base::Result<> GroupCommit::reserve(const std::vector<BatchBuilder::Row>& rows,
                                    const std::string& rules, base::Sequence head, bool& synced) {
  losses_written_.reset();
  if (context_.engine->in_memory()) return {};
  const bool may_be_lost = std::any_of(rows.begin(), rows.end(), [](const auto& row) {
    return row.durability != base::Durability::kFsync;
  });
  const auto& losses = context_.state->losses;
  const auto known = std::find_if(losses.begin(), losses.end(),
                                  [&](const auto& loss) { return loss.rules == rules; });
  const bool new_risk = may_be_lost && (known == losses.end() || !known->at_risk);
  const bool reserves = may_be_lost && head > written_.reserved;
  if (new_risk || context_.state->losses_changed) {
    losses_written_ = losses;
    if (new_risk && known == losses.end()) losses_written_->push_back({rules, true, {}, {}});
    if (new_risk && known != losses.end()) {
      (*losses_written_)[static_cast<std::size_t>(known - losses.begin())].at_risk = true;
    }
    if (auto saved = context_.engine->save_losses(*losses_written_); !saved) return saved;
  }
  if (new_risk || reserves) synced = true;
  if (!reserves && !written_.clean) return {};
  if (reserves) written_.reserved = head + kReservedAhead;
  written_.clean = false;
  return context_.engine->save(written_);
}

/// Now and then the totals ride along in a commit, so that an open after a crash counts few rows.
base::Result<> GroupCommit::save_totals() {
  const auto& state = *context_.state;
  const auto head = state.committed.get();
  if (context_.engine->in_memory() || head < written_.totals_up_to + kTotalsEvery) return {};
  for (const auto& [id, totals] : state.totals) {
    if (auto saved = context_.engine->save_totals(id, totals); !saved) return saved;
  }
  written_.totals_up_to = head;
  return context_.engine->save(written_);
}

base::Result<> GroupCommit::write(const OpenTransaction& transaction, const Namespaces& namespaces,
                                  const std::vector<BatchBuilder::Row>& rows) {
  auto& engine = *context_.engine;
  written_ = context_.state->record;
  // What holds no events (state, trims) is always synced.
  bool synced = rows.empty() || transaction.state_changed() || !transaction.trims().empty();
  for (const auto& row : rows) {
    if (row.durability == base::Durability::kFsync) synced = true;
    const bool stored = row.durability != base::Durability::kMemory;
    if (auto inserted = engine.insert(row.row, stored); !inserted) return inserted;
  }
  for (const auto& closure : transaction.closures()) {
    auto written = closure.at ? engine.close_topic(closure.topic, *closure.at)
                              : engine.reopen_topic(closure.topic);
    if (!written) return written;
  }
  for (const auto& trim : transaction.trims()) {
    if (auto set = engine.set_topic_floor(trim.topic, trim.floor); !set) return set;
  }
  if (auto saved = save_totals(); !saved) return saved;
  if (auto reserved =
          reserve(rows, namespaces.durability_text(), transaction.builder().last(), synced);
      !reserved) {
    return reserved;
  }
  const auto began = context_.clock->steady();
  auto committed = engine.commit(synced);
  if (synced && !engine.in_memory()) {
    context_.state->sync_times.note(
        std::chrono::duration_cast<std::chrono::microseconds>(context_.clock->steady() - began));
  }
  return committed;
}

void GroupCommit::publish(const OpenTransaction& transaction, std::vector<BatchBuilder::Row> rows) {
  auto& state = *context_.state;
  state.record = written_;
  if (losses_written_) {
    state.losses = std::move(*losses_written_);
    state.losses_changed = false;
  }
  state.closed.with([&](auto& closed) {
    for (const auto& closure : transaction.closures()) {
      if (closure.at) {
        closed.close(closure.topic, *closure.at);
      } else {
        closed.reopen(closure.topic);
      }
    }
  });
  if (!rows.empty()) {
    std::vector<EncodedRow> encoded;
    std::optional<std::vector<bool>> unstored;
    for (const auto& row : rows) {
      state.committed_bytes.add(row.row.info.bytes);
      if (row.durability != base::Durability::kMemory || context_.engine->in_memory()) {
        state.add(row.row.info.namespace_id, row.row.info.events, row.row.info.bytes);
      } else if (!unstored) {
        unstored = transaction.builder().unstored(rows);
      }
    }
    for (auto& row : rows) {
      encoded.push_back(std::move(row.row));
    }
    auto batch = BatchDecoder::decode(state.record.epoch, std::move(encoded));
    WEIR_CHECK(batch.has_value(), "what was just encoded can be decoded");
    context_.engine->appended(*batch);
    context_.index->add(**batch, unstored ? &*unstored : nullptr);
    state.committed.set((*batch)->last());
    if (context_.listener != nullptr) context_.listener->on_batch(*batch);
    state.head.set((*batch)->last());
  }
  publish_trims(transaction);
}

void GroupCommit::publish_trims(const OpenTransaction& transaction) {
  auto& state = *context_.state;
  const auto dropped = context_.engine->take_dropped();
  if (!transaction.trims().empty() || !dropped.empty()) {
    const auto before = state.floors.get();
    auto topics = before->topics;
    const auto raise = [&](const std::string& topic, base::Sequence to) {
      auto& floor = topics[topic];
      floor = std::max(floor, to);
    };
    for (const auto& trim : transaction.trims()) {
      raise(trim.topic, trim.floor);
      context_.retention->add_trimmed(trim.topic, trim.floor);
    }
    for (const auto& [topic, floor] : dropped) {
      raise(topic, floor);
      context_.retention->add_trimmed(topic, floor);
    }
    state.set_floors(before->all, std::move(topics));
    state.announce_floors = true;
  }
  if (!state.announce_floors) return;
  state.announce_floors = false;
  if (context_.listener != nullptr) {
    context_.listener->on_trim(state.floors.get());
  }
}

/// Nothing of the group happened.
void GroupCommit::give_up(const base::Error& error) {
  auto& state = *context_.state;
  context_.engine->rollback();
  if (error.code == kStorageFull && !state.full.exchange(true)) {
    base::log_error("log.full", "error=\"{}\"", error.message());
  }
  if (is_fatal(error) && !state.failed.exchange(true)) {
    base::log_error("log.failed", "error=\"{}\"", error.message());
  }
  const auto outcome = is_fatal(error) ? base::make_error(kStorageFailed, error.detail) : error;
  for (auto& applied : applied_) {
    // A request that was refused for a reason of its own keeps it.
    if (applied.outcome) applied.outcome = outcome;
  }
}

std::uint64_t GroupCommit::complete_all() {
  std::uint64_t bytes = 0;
  for (auto& applied : applied_) {
    bytes += applied.waiting.bytes;
    applied.waiting.request->complete(std::move(applied.outcome));
  }
  applied_.clear();
  return bytes;
}

}  // namespace weir::log
