// Live delivery: a committed batch goes to every subscriber that is at the head of the log.

#include <algorithm>
#include <utility>

#include "hub/shard.hpp"

namespace weir::hub {
namespace {

/// Room for pieces that an interest keeps from one delivery to the next.
constexpr std::size_t kPiecesKept = 64;

}  // namespace

void Shard::give_answers() {
  answers_.drain([](base::Task task) { task(); });
}

/// Batches that wait together are delivered together: whatever they hold, they cost one write per
/// subscriber, so a shard that has fallen behind the log catches up instead of falling further
/// back.
void Shard::drain_mailbox() {
  give_answers();
  mailbox_.drain([this](Message message) {
    auto* batch = std::get_if<log::BatchPtr>(&message);
    const bool joins = batch != nullptr && !(*batch)->ephemeral();
    if (!joins) deliver_waiting();
    if (batch == nullptr) {
      std::get<base::Task>(message)();
      return;
    }
    waiting_batches_.push_back(std::move(*batch));
    if (!joins) deliver_waiting();
  });
  deliver_waiting();
  end_doomed();
}

void Shard::deliver_waiting() {
  if (waiting_batches_.empty()) return;
  batches_.swap(waiting_batches_);
  deliver(batches_);
  batches_.clear();
}

void Shard::gather(Interest& interest, std::span<const log::EventRange> runs) {
  if (!interest.gathering) {
    interest.gathering = true;
    gathering_.push_back(&interest);
  }
  interest.gathered.insert(interest.gathered.end(), runs.begin(), runs.end());
}

template <typename Send>
void Shard::for_each_interested(const log::Batch& batch, Send&& send) {
  for (const auto& topic : batch.by_topic()) {
    if (const auto* entry = interests_.find(topic.topic)) {
      for (const auto& wanted : entry->interests) {
        // Most subscribers name one topic: what the batch holds for them is the topic's runs as
        // they are.
        if (wanted.interest->single_topic()) {
          send(*wanted.interest, topic.runs);
        } else {
          gather(*wanted.interest, topic.runs);
        }
      }
    }
    for (auto* interest : interests_.with_patterns()) {
      const auto& patterns = interest->selectors->patterns;
      if (std::any_of(patterns.begin(), patterns.end(),
                      [&](const auto& pattern) { return pattern.matches(topic.topic); })) {
        gather(*interest, topic.runs);
      }
    }
  }
  for (auto* interest : gathering_) {
    normalize(interest->gathered);
    send(*interest, interest->gathered);
    interest->gathered.clear();
    interest->gathering = false;
  }
  gathering_.clear();
}

/// Either one batch of ephemeral events, or successive ones of the log.
void Shard::deliver(std::span<const log::BatchPtr> batches) {
  const auto began = clock_->steady();
  const bool ephemeral = batches.front()->ephemeral();
  for (const auto& batch : batches) {
    if (!ephemeral) {
      head_ = batch->last();
      ring_.push(batch);
    }
    for_each_interested(*batch, [&](Interest& interest, std::span<const log::EventRange> ranges) {
      if (interest.selects_events()) ranges = wanted(interest, *batch, ranges);
      if (ranges.empty()) return;
      if (interest.pieces.empty()) interested_.push_back(&interest);
      for (const auto& range : ranges) interest.pieces.push_back({&batch, range});
    });
  }
  std::list<log::BatchPtr> derived;
  for (auto* interest : interested_) {
    if (interest->paced() && !ephemeral) {
      wake_paced(*interest, {batches.front()->first().value - 1});
    } else {
      if (const auto* fields = interest->fields()) project(*fields, interest->pieces, derived);
      if (interest->paced()) {
        send_paced(*interest);
      } else {
        send_live(*interest, batches);
      }
      derived.clear();
    }
    interest->pieces.clear();
    if (interest->pieces.capacity() > kPiecesKept) interest->pieces.shrink_to_fit();
  }
  interested_.clear();
  pace_.note(began, clock_->steady());
  if (tracer_ != nullptr && tracer_->enabled()) trace_deliveries(batches, began);
  if (!ephemeral) {
    metrics_.ring_bytes.set(ring_.bytes());
    for (const auto& batch : batches) find_ended(*batch);
    // The shard may have reached those who were ahead of it; their turn tells.
    for (const auto id : std::exchange(ahead_, {})) {
      if (find(id) != nullptr) make_runnable(id.slot);
    }
    if (!runnable_.empty()) wake();
  }
  end_doomed();
}

/// What of the ranges the interest's filter and grant let pass; valid until the next call.
std::span<const log::EventRange> Shard::wanted(const Interest& interest, const log::Batch& batch,
                                               std::span<const log::EventRange> ranges) {
  wanted_.clear();
  metrics_.filtered_out.add(select(interest, batch, ranges, wanted_));
  return wanted_;
}

/// Those who want only so many events a second get them by turns, as if they were behind: what has
/// to wait is in the log.
void Shard::wake_paced(const Interest& interest, base::Sequence before) {
  for (const auto slot : interest.members) {
    auto& subscriber = subscribers_[slot];
    if (subscriber.state != Subscriber::State::kLive) continue;
    subscriber.state = Subscriber::State::kBehind;
    subscriber.position = before;
    metrics_.subscribers_behind.add();
    make_runnable(slot);
  }
}

/// Ephemeral events are in no log: who may not have them now does not get them.
void Shard::send_paced(const Interest& interest) {
  const std::size_t events = count_events(interest.pieces);
  for (const auto slot : interest.members) {
    auto& subscriber = subscribers_[slot];
    if (subscriber.state != Subscriber::State::kLive) continue;
    if (subscriber.pace()->allowance(clock_->steady()) < events) continue;
    const auto sent = subscriber.transport->send(subscriber.sink, interest.pieces);
    subscriber.written_tick = static_cast<std::uint32_t>(wheel_.now());
    subscriber.pace()->spend(events);
    metrics_.deliveries.add(sent.events);
    if (sent.status == Transport::Status::kDone) {
      doomed_.push_back({id_of(slot), Transport::End::kDone});
    }
    if (sent.status == Transport::Status::kBlocked) fall_behind(slot, head_);
  }
}

void Shard::send_live(Interest& interest, std::span<const log::BatchPtr> batches) {
  const std::size_t events = count_events(interest.pieces);
  const auto now = static_cast<std::uint32_t>(wheel_.now());
  std::uint64_t delivered = 0;
  for (const auto slot : interest.members) {
    auto& subscriber = subscribers_[slot];
    if (subscriber.state != Subscriber::State::kLive) continue;
    const auto sent = subscriber.transport->send(subscriber.sink, interest.pieces);
    subscriber.written_tick = now;
    delivered += sent.events;
    if (sent.status == Transport::Status::kDone) {
      doomed_.push_back({id_of(slot), Transport::End::kDone});
    }
    if (sent.status != Transport::Status::kBlocked) continue;
    if (batches.front()->ephemeral()) {
      fall_behind(slot, head_);
    } else {
      const base::Sequence before{batches.front()->first().value - 1};
      fall_behind(slot, position_after(interest.pieces, sent.events, events, before,
                                       batches.back()->last()));
    }
  }
  metrics_.deliveries.add(delivered);
}

void Shard::fall_behind(std::uint32_t slot, base::Sequence position) {
  auto& subscriber = subscribers_[slot];
  subscriber.state = Subscriber::State::kBehind;
  subscriber.position = position;
  subscriber.blocked = true;
  subscriber.slow = true;
  metrics_.fell_behind.add();
  metrics_.subscribers_behind.add();
  if (subscriber.interest->slow_consumer == base::SlowConsumer::kDisconnect) {
    metrics_.disconnected_slow.add();
    doomed_.push_back({id_of(slot), std::nullopt});
  }
}

void Shard::find_ended(const log::Batch& batch) {
  for (const auto& topic : batch.by_topic()) {
    if (!topic.closed) continue;
    const auto* entry = interests_.find(topic.topic);
    if (entry == nullptr) continue;
    for (const auto& wanted : entry->interests) {
      if (!all_closed(*wanted.interest->selectors)) continue;
      for (const auto slot : wanted.interest->members) {
        // One that is behind ends when it has caught up.
        if (subscribers_[slot].state == Subscriber::State::kLive) {
          doomed_.push_back({id_of(slot), Transport::End::kFinished});
        }
      }
    }
  }
}

void Shard::end_doomed() {
  for (const auto& doomed : doomed_) {
    if (find(doomed.id) == nullptr) continue;
    if (doomed.why) {
      end_stream(doomed.id.slot, *doomed.why);
    } else {
      abort_stream(doomed.id.slot);
    }
  }
  doomed_.clear();
}

}  // namespace weir::hub
