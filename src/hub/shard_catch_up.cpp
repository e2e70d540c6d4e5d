// Catching up: a subscriber that is behind reads the log from its position until it reaches the
// head. A turn sends a bounded amount, so that many who return at once share the thread with live
// delivery.

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/logging.hpp"
#include "hub/shard.hpp"

namespace weir::hub {
namespace {

constexpr std::size_t kTurnBytes = 256 * 1024;
constexpr std::size_t kTurnPieces = 256;
constexpr std::size_t kTurnBatches = 1024;
constexpr std::size_t kReadBytes = 1024 * 1024;
// Where most events are left out because a newer one has their key, a turn looks further: at so
// many runs of events. It costs a look at each key, not at the data.
constexpr std::size_t kConflatePieces = 16384;
constexpr std::size_t kConflateBatches = 16384;
// What filters are asked about in a turn, whatever they let pass.
constexpr std::size_t kEvaluateBytes = 1024 * 1024;
// One that takes a few events a second is not read a megabyte for each.
constexpr std::size_t kPacedReadBytes = 64 * 1024;

/// Leaves the first `events` of the pieces.
void cut(std::vector<Piece>& pieces, std::size_t events) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    auto& count = pieces[i].range.count;
    if (count < events) {
      events -= count;
      continue;
    }
    count = static_cast<std::uint32_t>(events);
    pieces.resize(count == 0 ? i : i + 1);
    return;
  }
}

/// How many of the pieces' first events make about so many bytes; one at least.
std::size_t events_within(const std::vector<Piece>& pieces, std::size_t bytes_max) {
  std::size_t bytes = 0;
  std::size_t events = 0;
  for (auto at = pieces.begin(); at != pieces.end() && bytes < bytes_max; ++at) {
    bytes += wire_bytes(**at->batch, at->range);
    events += at->range.count;
  }
  return events;
}

/// Conflation compares events by canonical topic and key.
struct KeyOf {
  std::string_view topic;
  std::string_view key;

  bool operator==(const KeyOf&) const = default;
};
struct KeyHash {
  std::size_t operator()(const KeyOf& k) const {
    return std::hash<std::string_view>{}(k.topic) * 31 + std::hash<std::string_view>{}(k.key);
  }
};

}  // namespace

base::Sequence position_after(std::span<const Piece> pieces, std::size_t taken, std::size_t events,
                              base::Sequence before, base::Sequence whole) {
  if (taken == 0) return before;
  if (taken >= events) return whole;
  for (const auto& piece : pieces) {
    if (taken <= piece.range.count) {
      return (**piece.batch)[piece.range.first + taken - 1].sequence;
    }
    taken -= piece.range.count;
  }
  return whole;
}

void Shard::make_runnable(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  if (subscriber.runnable) return;
  subscriber.runnable = true;
  runnable_.push_back(id_of(slot));
}

bool Shard::catch_up(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  if (subscriber.state != Subscriber::State::kBehind || subscriber.blocked) return false;

  if (subscriber.slow && subscriber.interest->slow_consumer == base::SlowConsumer::kDropToLatest) {
    skip_to_head(slot);
  }
  tell_trimmed(slot);
  if (subscriber.blocked) return false;
  if (subscriber.position == head_) {
    become_live(slot);
    return false;
  }
  if (subscriber.position > head_) {
    ahead_.push_back(id_of(slot));
    return false;
  }
  if (!may_send(slot)) return false;
  if (!ring_.covers(subscriber.position)) {
    request_read(slot);
    return false;
  }
  catch_up_from_ring(slot);
  return true;
}

/// Whether one with a highest rate may have an event now. If not, a timer gives it its next turn.
bool Shard::may_send(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  auto* pace = subscriber.pace();
  if (pace == nullptr || pace->sweeping) return true;
  if (pace->waiting) return false;
  if (pace->allowance(clock_->steady()) == 0) {
    pace->waiting = true;
    metrics_.paced_waits.add();
    pace_wheel_.arm(id_of(slot), pace_wheel_.now() + to_ticks(pace->wait()));
    return false;
  }
  if (subscriber.interest->conflates()) {
    pace->spend(1);
    pace->sweeping = true;
  }
  return true;
}

void Shard::on_pace(SubscriberId id) {
  auto* subscriber = find(id);
  if (subscriber == nullptr || subscriber->pace() == nullptr) return;
  subscriber->pace()->waiting = false;
  if (subscriber->state != Subscriber::State::kBehind) return;
  make_runnable(id.slot);
  wake();
}

bool Shard::conflates(const Subscriber& subscriber) const {
  return subscriber.interest->conflates() ||
         (subscriber.slow && subscriber.interest->slow_consumer == base::SlowConsumer::kConflate);
}

void Shard::catch_up_from_ring(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  const bool conflates = this->conflates(subscriber);
  std::size_t pieces_max = conflates ? kConflatePieces : kTurnPieces;
  if (auto* pace = subscriber.pace(); pace != nullptr && !conflates) {
    pieces_max = std::clamp(pace->allowance(clock_->steady()), std::size_t{1}, pieces_max);
  }
  const std::size_t batches_max = conflates ? kConflateBatches : kTurnBatches;
  std::vector<Piece> pieces;
  std::vector<log::EventRange> ranges;
  std::size_t bytes = 0;
  std::size_t evaluated = 0;
  auto covered = subscriber.position;
  const auto visibility = visibility_after(subscriber.position);
  std::size_t scanned = 0;
  for (auto at = ring_.find_after(subscriber.position);
       at != ring_.end() && scanned < batches_max && bytes < kTurnBytes &&
       evaluated < kEvaluateBytes && pieces.size() < pieces_max;
       ++at, ++scanned) {
    ranges.clear();
    const auto work = collect_wanted(*subscriber.interest, **at, visibility, ranges);
    evaluated += work.bytes;
    metrics_.filtered_out.add(work.left_out);
    for (const auto& range : ranges) {
      pieces.push_back({&*at, range});
      if (!conflates) bytes += wire_bytes(**at, range);
    }
    covered = (*at)->last();
  }
  if (send_pieces(slot, pieces)) subscriber.position = covered;
}

/// True when everything was taken; else the position is at the last event that was.
bool Shard::send_pieces(std::uint32_t slot, std::vector<Piece>& pieces) {
  auto& subscriber = subscribers_[slot];
  auto allowed = std::numeric_limits<std::size_t>::max();
  if (conflates(subscriber)) {
    conflate(pieces);
    allowed = events_within(pieces, kTurnBytes);
  }
  auto* pace = subscriber.interest->conflates() ? nullptr : subscriber.pace();
  if (pace != nullptr) allowed = std::min(allowed, pace->allowance(clock_->steady()));
  const bool whole = count_events(pieces) <= allowed;
  if (!whole) cut(pieces, allowed);
  std::vector<Piece> some;
  std::list<log::BatchPtr> derived;
  for (std::size_t done = 0; done < pieces.size();) {
    const auto next = pieces.begin() + static_cast<std::ptrdiff_t>(done);
    some.assign(next,
                next + static_cast<std::ptrdiff_t>(std::min(kTurnPieces, pieces.size() - done)));
    done += some.size();
    if (const auto* fields = subscriber.interest->fields()) {
      project(*fields, some, derived);
    }
    const auto events = count_events(some);
    const auto sent = subscriber.transport->send(subscriber.sink, some);
    subscriber.written_tick = static_cast<std::uint32_t>(wheel_.now());
    metrics_.deliveries.add(sent.events);
    if (pace != nullptr) pace->spend(sent.events);
    const auto last = (**some.back().batch)[some.back().range.first + some.back().range.count - 1];
    subscriber.position =
        position_after(some, sent.events, events, subscriber.position, last.sequence);
    derived.clear();
    if (sent.status == Transport::Status::kOpen) continue;
    if (sent.status == Transport::Status::kDone) {
      doomed_.push_back({id_of(slot), Transport::End::kDone});
    }
    subscriber.blocked = true;
    return whole && done == pieces.size() && sent.events == events;
  }
  return whole;
}

/// Keeps, of the events that share a key, the newest of those at hand.
void Shard::conflate(std::vector<Piece>& pieces) {
  std::unordered_set<KeyOf, KeyHash> seen;
  std::vector<Piece> kept;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    const auto& batch = **piece->batch;
    for (auto i = piece->range.first + piece->range.count; i-- > piece->range.first;) {
      const auto& event = batch[i];
      if (!event.key.empty() && !seen.insert({event.topics.front(), event.key}).second) {
        metrics_.conflated.add();
        continue;
      }
      kept.push_back({piece->batch, {i, 1}});
    }
  }
  std::reverse(kept.begin(), kept.end());
  pieces = std::move(kept);
}

void Shard::request_read(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  subscriber.state = Subscriber::State::kWaiting;
  metrics_.log_reads.add();
  const bool few = subscriber.pace() != nullptr && !subscriber.interest->conflates();
  log_->read(
      {subscriber.position, few ? kPacedReadBytes : kReadBytes, subscriber.interest->selectors},
      [this, id = id_of(slot)](base::Result<log::ReadResult> result) {
        post(base::Task(
            [this, id, result = std::move(result)]() mutable { on_read(id, std::move(result)); }));
      });
}

/// A log that cannot be read fails every subscriber that is behind, and those come back.
void Shard::note_failed_read(const std::string& error) {
  if (!read_failure_line_.due(error)) return;
  base::log_error("subscriber.read_failed", "error=\"{}\" held_back={}", error,
                  read_failure_line_.held_back());
}

void Shard::on_read(SubscriberId id, base::Result<log::ReadResult> result) {
  auto* subscriber = find(id);
  if (subscriber == nullptr || subscriber->state != Subscriber::State::kWaiting) return;
  subscriber->state = Subscriber::State::kBehind;
  if (!result) {
    note_failed_read(result.error().message());
    abort_stream(id.slot);
    return;
  }
  // What these floors hide is missing from the batches.
  on_trim(result->floors);
  if (topic_trimmed(*subscriber)) {
    make_runnable(id.slot);  // Meanwhile: the turn tells the gap.
    return;
  }
  if (subscriber->position < result->floor) {
    // The log's floor has moved, or rows are damaged on the disk; the next turn reads on from
    // there.
    const auto requested = proto::to_string({log_->epoch(), subscriber->position});
    subscriber->position = result->floor;
    send_gap(id.slot, requested, result->floor, "trimmed");
    if (!subscriber->blocked) make_runnable(id.slot);
    return;
  }
  if (result->covered <= subscriber->position) {
    note_failed_read(fmt::format("the log returned nothing after {}", subscriber->position.value));
    abort_stream(id.slot);
    return;
  }
  std::vector<Piece> pieces;
  std::vector<log::EventRange> ranges;
  const auto visibility = visibility_after(subscriber->position);
  for (const auto& batch : result->batches) {
    ranges.clear();
    metrics_.filtered_out.add(
        collect_wanted(*subscriber->interest, *batch, visibility, ranges).left_out);
    for (const auto& range : ranges) pieces.push_back({&batch, range});
  }
  if (send_pieces(id.slot, pieces)) subscriber->position = result->covered;
  if (!subscriber->blocked) make_runnable(id.slot);
}

void Shard::skip_to_head(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  subscriber.slow = false;
  if (subscriber.position >= head_) return;
  const auto requested = proto::to_string({log_->epoch(), subscriber.position});
  subscriber.position = head_;
  metrics_.skipped_slow.add();
  send_gap(slot, requested, head_, "slow");
}

void Shard::become_live(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  subscriber.state = Subscriber::State::kLive;
  subscriber.slow = false;
  if (auto* pace = subscriber.pace()) pace->sweeping = false;
  metrics_.subscribers_behind.subtract();
  if (subscriber.transport->caught_up(subscriber.sink)) return free_slot(slot);
  if (all_closed(*subscriber.interest->selectors)) end_stream(slot, Transport::End::kFinished);
}

bool Shard::all_closed(const proto::Selectors& selectors) const {
  // The log closes a topic before this shard has its last event.
  return selectors.exact_only() && !selectors.topics.empty() &&
         std::all_of(selectors.topics.begin(), selectors.topics.end(), [this](const auto& topic) {
           const auto closed = log_->closed_at(topic);
           return closed && *closed <= head_;
         });
}

/// Whether events of one of its topics, between the position and the head, were trimmed, and it has
/// not been told.
bool Shard::topic_trimmed(const Subscriber& subscriber) const {
  return subscriber.told_trims != trims_ &&
         subscriber.position < topic_floor_for(*subscriber.interest->selectors);
}

/// Says so, once for each trim, if events between the position and the head are gone, or may be: of
/// those up to `lost_up_to` some are there.
void Shard::tell_trimmed(std::uint32_t slot, base::Sequence lost_up_to) {
  auto& subscriber = subscribers_[slot];
  const auto requested = subscriber.position;
  // A trimmed topic hides its own events only: those of the subscriber's other topics are still
  // read.
  const bool trimmed = topic_trimmed(subscriber);
  subscriber.told_trims = trims_;
  if (subscriber.position < floors_->all) subscriber.position = floors_->all;
  if (requested == subscriber.position && !trimmed && requested >= lost_up_to) return;
  if (trimmed && subscriber.interest->single_topic()) {
    subscriber.position =
        std::max(subscriber.position, topic_floor_for(*subscriber.interest->selectors));
  }
  send_gap(slot, proto::to_string({log_->epoch(), requested}), subscriber.position, "trimmed");
}

base::Sequence Shard::topic_floor_for(const proto::Selectors& selectors) const {
  base::Sequence floor;
  if (floors_->topics.empty()) return floor;
  if (selectors.exact_only()) {
    for (const auto& topic : selectors.topics) {
      const auto at = floors_->topics.find(topic);
      if (at != floors_->topics.end()) floor = std::max(floor, at->second);
    }
    return floor;
  }
  for (const auto& [topic, trimmed] : floors_->topics) {
    if (trimmed > floor && selectors.matches(topic)) floor = trimmed;
  }
  return floor;
}

Visibility Shard::visibility_after(base::Sequence after) const {
  return {after, &floors_->topics, clock_->unix_millis()};
}

/// A read may bring floors before the log's own message does, so that one is old when it comes.
void Shard::on_trim(log::FloorsPtr floors) {
  if (floors->version <= floors_->version) return;
  const auto before = std::exchange(floors_, std::move(floors));
  const bool risen =
      std::any_of(floors_->topics.begin(), floors_->topics.end(), [&](const auto& entry) {
        const auto at = before->topics.find(entry.first);
        return at == before->topics.end() || at->second < entry.second;
      });
  if (risen) ++trims_;
}

}  // namespace weir::hub
