// The beginning of a subscription: where in the log it starts, and what it is told about that.

#include <fmt/format.h>

#include "hub/shard.hpp"
#include "proto/json.hpp"

namespace weir::hub {
namespace {

// A cursor that a client sent is shown back to it, but not at any length.
constexpr std::size_t kShownBytesMax = 256;
// Up to so many batches are counted on the shard's thread; more are counted by the log's index.
constexpr std::size_t kCountBatchesMax = 256;
// Where a filter decides, up to so much data is evaluated for the count; beyond it nobody knows.
constexpr std::size_t kCountBytesMax = 1024 * 1024;

}  // namespace

bool Shard::ended(const proto::Selectors& selectors, const Start& start) const {
  if (start.kind == Start::Kind::kEarliest || start.kind == Start::Kind::kLast) return false;
  if (!all_closed(selectors)) return false;
  if (start.kind == Start::Kind::kLatest) return true;
  const auto cursor = proto::parse_cursor(start.text);
  if (!cursor || cursor->epoch != log_->epoch()) return false;
  return std::all_of(selectors.topics.begin(), selectors.topics.end(), [&](const auto& topic) {
    const auto closed = log_->closed_at(topic);
    return closed && cursor->sequence >= *closed;
  });
}

SubscriberId Shard::reserve(SubscribeRequest request, std::unique_ptr<Lease> lease) {
  // What was committed before now is not "what comes".
  drain_mailbox();

  std::uint32_t slot;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(subscribers_.size());
    subscribers_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  auto& subscriber = subscribers_[slot];
  const auto generation = subscriber.generation;
  subscriber = Subscriber{};
  subscriber.generation = generation;
  subscriber.transport = request.transport;
  subscriber.position = head_;
  subscriber.heartbeat_ticks = request.heartbeat_ticks;
  subscriber.end_tick = request.lifetime_ticks;
  subscriber.state = Subscriber::State::kReserved;

  subscriber.opened_tick = static_cast<std::uint32_t>(elapsed_ticks());
  subscriber.client = request.client;

  if (request.max_rate > 0 || lease || !request.given_id.empty()) {
    subscriber.extras = std::make_unique<SubscriberExtras>();
  }
  if (request.max_rate > 0) subscriber.extras->pace = std::make_unique<Pace>(request.max_rate);
  if (!request.given_id.empty()) {
    subscriber.extras->given_id = std::make_unique<const std::string>(std::move(request.given_id));
  }

  if (rules_->any_presence()) prepare_presence(subscriber, request);

  const auto policy = rules_->slow_consumer(*request.selectors);
  auto& interest = interests_.acquire(request.wish(), policy);
  subscriber.interest = &interest;
  subscriber.member_index = static_cast<std::uint32_t>(interest.members.size());
  interest.members.push_back(slot);
  take_lease(slot, std::move(lease));
  if (interest.system) metrics_.system_subscribers.add();
  ++count_;
  subscriber.transport->subscribers.add();
  subscriber.transport->opened.add();
  metrics_.subscribers.set(count_);
  metrics_.subscriptions.add();
  metrics_.filters.set(interests_.costing_work());
  return id_of(slot);
}

bool Shard::has_room_for(const SubscribeRequest& request) {
  const auto wish = request.wish();
  if (!wish.costs_work() || interests_.costing_work() < settings_->filters_max) return true;
  if (interests_.has(wish, rules_->slow_consumer(*wish.selectors))) return true;
  metrics_.filters_refused.add();
  return false;
}

proto::Cursor Shard::head_cursor() const { return {log_->epoch(), head_}; }

proto::Cursor Shard::position(SubscriberId id) const {
  const auto* subscriber = find(id);
  if (subscriber == nullptr || subscriber->state == Subscriber::State::kLive) return head_cursor();
  return {log_->epoch(), subscriber->position};
}

void Shard::start(SubscriberId id, SinkId sink, bool blocked, Start start) {
  auto* subscriber = find(id);
  if (subscriber == nullptr) return;
  const auto slot = id.slot;
  const auto now = static_cast<std::uint32_t>(wheel_.now());
  subscriber->sink = sink;
  subscriber->blocked = blocked;
  subscriber->state = Subscriber::State::kBehind;
  subscriber->written_tick = now;
  if (subscriber->heartbeat_ticks != 0) {
    subscriber->heartbeat_tick = now + subscriber->heartbeat_ticks;
  }
  set_lifetime(*subscriber);
  metrics_.subscribers_behind.add();
  if (drain_window_) return drain_stream(slot);
  if (subscriber->extras != nullptr) become_present(*subscriber);
  arm(slot);

  subscriber->began = subscriber->position;
  // Only a resumed position has promised anything about events that have been trimmed since.
  subscriber->told_trims = trims_;
  switch (start.kind) {
    case Start::Kind::kLatest:
      break;
    case Start::Kind::kEarliest:
      subscriber->position = floors_->all;
      subscriber->began = subscriber->position;
      break;
    case Start::Kind::kLast:
      begin_at_last(slot, start.count);
      return;
    case Start::Kind::kCursor:
      begin_at_cursor(slot, start);
      return;
  }
  catch_up_soon(slot);
}

/// The common case, nothing missed, needs no turn in the queue.
void Shard::catch_up_soon(std::uint32_t slot) {
  if (!subscribers_[slot].blocked && subscribers_[slot].position == head_) {
    become_live(slot);
    return;
  }
  make_runnable(slot);
  wake();
}

void Shard::begin_at_last(std::uint32_t slot, std::uint64_t count) {
  auto& subscriber = subscribers_[slot];
  subscriber.state = Subscriber::State::kWaiting;
  // Until the place is known nothing has been sent: a heartbeat must not say that it has.
  subscriber.position = floors_->all;
  log_->locate_last(subscriber.interest->selectors, count, head_,
                    [this, id = id_of(slot)](base::Result<base::Sequence> located) {
                      post(base::Task([this, id, located = std::move(located)] {
                        auto* waiting = find(id);
                        if (waiting == nullptr) return;
                        waiting->state = Subscriber::State::kBehind;
                        if (!located) {
                          abort_stream(id.slot);
                          return;
                        }
                        // Retention may have moved while the index was asked; what is gone was not
                        // promised.
                        waiting->position = std::max(*located, floors_->all);
                        waiting->began = waiting->position;
                        catch_up_soon(id.slot);
                      }));
                    });
}

void Shard::begin_at_cursor(std::uint32_t slot, const Start& start) {
  auto& subscriber = subscribers_[slot];
  const auto requested = start.text.substr(0, kShownBytesMax);
  const auto cursor = proto::parse_cursor(start.text);
  std::string_view reason;
  if (!cursor) {
    reason = "unknown";
  } else if (cursor->epoch != log_->epoch()) {
    reason = "epoch";
  } else if (cursor->sequence.value > newest_->load(std::memory_order_acquire)) {
    reason = "unknown";
  }
  if (!reason.empty()) {
    subscriber.position = floors_->all;
    subscriber.began = subscriber.position;
    send_gap(slot, requested, floors_->all, reason);
  } else {
    subscriber.position = cursor->sequence;
    subscriber.began = subscriber.position;
    subscriber.told_trims = 0;
    // What a restart took is told once; nothing is lost to one that stays.
    tell_trimmed(slot, log_->lost_up_to(*subscriber.interest->selectors));
  }
  if (!start.resumes) return catch_up_soon(slot);
  announce_recovery(slot, requested);
}

void Shard::send_gap(std::uint32_t slot, std::string_view requested, base::Sequence from,
                     std::string_view reason) {
  metrics_.gaps.add();
  send_control(
      slot, "gap",
      fmt::format(R"({{"requested":{},"available_from":"{}","reason":"{}"}})",
                  proto::json_string(requested), proto::to_string({log_->epoch(), from}), reason));
}

/// `event: recovery` says how much is about to be replayed, so it must be counted first. What a
/// filter lets pass can only be counted by evaluating it: beyond what is at hand, `events` is null.
void Shard::announce_recovery(std::uint32_t slot, const std::string& requested) {
  auto& subscriber = subscribers_[slot];
  if (subscriber.transport->one_shot()) return catch_up_soon(slot);
  const auto owed = owed_in_ring(subscriber, kCountBatchesMax);
  if (owed || subscriber.interest->selects_events()) {
    send_recovery(slot, requested, owed ? std::optional(owed->events) : std::nullopt);
    return;
  }
  subscriber.state = Subscriber::State::kWaiting;
  log_->count(subscriber.interest->selectors, subscriber.position, head_,
              [this, id = id_of(slot), requested](base::Result<std::uint64_t> counted) {
                post(base::Task([this, id, requested, counted = std::move(counted)] {
                  auto* waiting = find(id);
                  if (waiting == nullptr) return;
                  waiting->state = Subscriber::State::kBehind;
                  if (!counted) {
                    abort_stream(id.slot);
                    return;
                  }
                  send_recovery(id.slot, requested, *counted);
                }));
              });
}

std::optional<Owed> Shard::owed_in_ring(const Subscriber& subscriber,
                                        std::size_t batches_max) const {
  if (subscriber.position >= head_) return Owed{};
  if (!ring_.covers(subscriber.position)) return std::nullopt;
  const auto visibility = visibility_after(subscriber.position);
  std::vector<log::EventRange> ranges;
  Owed owed;
  std::size_t evaluated = 0;
  for (auto at = ring_.find_after(subscriber.position); at != ring_.end(); ++at) {
    if (++owed.batches > batches_max || evaluated > kCountBytesMax) return std::nullopt;
    ranges.clear();
    evaluated += collect_wanted(*subscriber.interest, **at, visibility, ranges).bytes;
    for (const auto& range : ranges) {
      owed.events += range.count;
      owed.bytes += wire_bytes(**at, range);
    }
  }
  return owed;
}

void Shard::send_recovery(std::uint32_t slot, const std::string& requested,
                          std::optional<std::uint64_t> events) {
  send_control(slot, "recovery",
               fmt::format(R"({{"recovered_from":{},"events":{}}})", proto::json_string(requested),
                           events ? std::to_string(*events) : "null"));
  catch_up_soon(slot);
}

}  // namespace weir::hub
