// What happens to a stream because time passes or because it ends.

#include <fmt/format.h>

#include <algorithm>

#include "hub/shard.hpp"

namespace weir::hub {
namespace {

// A stream whose time is over but whose reader is slow gets so long to take the frame in flight.
constexpr std::uint32_t kLastFrameTicks = 100;

}  // namespace

/// Rounded up, and one at least.
std::uint32_t Shard::to_ticks(std::chrono::milliseconds duration) {
  return static_cast<std::uint32_t>(
      std::max<std::int64_t>((duration + kTick - std::chrono::milliseconds(1)) / kTick, 1));
}

std::uint64_t Shard::elapsed_ticks() const {
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_->steady() - started_);
  return static_cast<std::uint64_t>(elapsed / kTick);
}

void Shard::tick() {
  const auto now = elapsed_ticks();
  wheel_.advance(now, [this](SubscriberId id) { on_timer(id); });
  pace_wheel_.advance(now, [this](SubscriberId id) { on_pace(id); });
  if (presence_tick_ != 0 && now >= presence_tick_) tell_presence();
  end_doomed();
}

/// Until `start` the end is what was asked for, counted from there. The wheel may be late; a wait
/// is not to be shorter for it.
void Shard::set_lifetime(Subscriber& subscriber) {
  auto ticks = static_cast<std::uint64_t>(subscriber.end_tick);
  if (ticks == 0 && settings_->connection_lifetime.count() > 0) {
    ticks = std::max<std::uint64_t>(
        random_.jitter(static_cast<std::uint64_t>(settings_->connection_lifetime / kTick), 20), 1);
  }
  if (ticks != 0) subscriber.end_tick = static_cast<std::uint32_t>(elapsed_ticks() + ticks);
}

/// Each subscriber has one entry in the wheel, at the earliest thing that is due.
void Shard::arm(std::uint32_t slot) {
  const auto& subscriber = subscribers_[slot];
  std::uint32_t due = 0;
  const auto consider = [&due](std::uint32_t tick) {
    if (tick != 0) due = due == 0 ? tick : std::min(due, tick);
  };
  consider(subscriber.end_tick);
  if (const auto* lease = subscriber.lease()) {
    consider(lease->warn_tick);
    consider(lease->end_tick);
  }
  // One that waits for an answer is kept alive by nothing.
  if (!subscriber.transport->one_shot()) {
    if (subscriber.heartbeat_ticks != 0) consider(subscriber.heartbeat_tick);
    consider(subscriber.written_tick + to_ticks(settings_->keepalive));
  }
  if (due != 0) wheel_.arm(id_of(slot), due);
}

void Shard::on_timer(SubscriberId id) {
  auto* subscriber = find(id);
  if (subscriber == nullptr) return;
  const auto now = static_cast<std::uint32_t>(wheel_.now());

  if (subscriber->lease() != nullptr && !look_at_lease(id)) return;
  if (subscriber->end_tick != 0 && now >= subscriber->end_tick) {
    if (subscriber->transport->one_shot()) {
      doomed_.push_back({id, Transport::End::kLifetime});
      return;
    }
    if (!subscriber->blocked) {
      metrics_.lifetimes_ended.add();
      doomed_.push_back({id, Transport::End::kLifetime});
      return;
    }
    if (subscriber->closing) {
      metrics_.lifetimes_ended.add();
      doomed_.push_back({id, std::nullopt});
      return;
    }
    subscriber->closing = true;
    subscriber->end_tick = now + kLastFrameTicks;
  }
  if (subscriber->transport->one_shot()) return arm(id.slot);
  if (subscriber->heartbeat_ticks != 0 && now >= subscriber->heartbeat_tick) {
    subscriber->heartbeat_tick = now + subscriber->heartbeat_ticks;
    if (!subscriber->blocked) {
      const auto position =
          subscriber->state == Subscriber::State::kLive ? head_ : subscriber->position;
      send_control(id.slot, "heartbeat",
                   fmt::format(R"({{"cursor":"{}","server_time":{}}})",
                               proto::to_string({log_->epoch(), position}), clock_->unix_millis()));
    }
  }
  if (now >= subscriber->written_tick + to_ticks(settings_->keepalive)) {
    // A blocked stream needs no sign of life; the tick is moved on so that it is not asked every
    // time.
    subscriber->written_tick = now;
    if (!subscriber->blocked)
      note_status(id.slot, subscriber->transport->keepalive(subscriber->sink));
  }
  arm(id.slot);
}

void Shard::send_control(std::uint32_t slot, std::string_view type, std::string_view json,
                         std::optional<std::uint32_t> retry_ms) {
  auto& subscriber = subscribers_[slot];
  subscriber.written_tick = static_cast<std::uint32_t>(wheel_.now());
  note_status(slot, subscriber.transport->control(subscriber.sink, type, json, retry_ms));
}

void Shard::note_status(std::uint32_t slot, Transport::Status status) {
  if (status == Transport::Status::kDone) {
    doomed_.push_back({id_of(slot), Transport::End::kDone});
  }
  if (status != Transport::Status::kBlocked) return;
  auto& subscriber = subscribers_[slot];
  if (subscriber.state == Subscriber::State::kLive) {
    fall_behind(slot, head_);
  } else {
    subscriber.blocked = true;
  }
}

void Shard::on_writable(SubscriberId id) {
  auto* subscriber = find(id);
  if (subscriber == nullptr || !subscriber->blocked) return;
  subscriber->blocked = false;
  if (subscriber->closing && drain_window_ && !subscriber->told_drain) {
    drain_stream(id.slot);
    return;
  }
  if (subscriber->closing) {
    if (!subscriber->told_drain) metrics_.lifetimes_ended.add();
    end_stream(id.slot,
               subscriber->told_drain ? Transport::End::kDrain : Transport::End::kLifetime);
    return;
  }
  if (subscriber->state == Subscriber::State::kBehind) {
    make_runnable(id.slot);
    wake();
  }
}

void Shard::shed_slow() {
  for (std::uint32_t slot = 0; slot < subscribers_.size(); ++slot) {
    const auto& subscriber = subscribers_[slot];
    const bool behind = subscriber.state == Subscriber::State::kBehind ||
                        subscriber.state == Subscriber::State::kWaiting;
    if (!behind || !subscriber.blocked) continue;
    metrics_.disconnected_slow.add();
    abort_stream(slot);
  }
}

void Shard::drain(std::chrono::milliseconds window) {
  drain_window_ = std::max(window, std::chrono::milliseconds(1));
  for (std::uint32_t slot = 0; slot < subscribers_.size(); ++slot) {
    const auto state = subscribers_[slot].state;
    if (state != Subscriber::State::kFree && state != Subscriber::State::kReserved) {
      drain_stream(slot);
    }
  }
}

void Shard::drain_stream(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  subscriber.closing = true;
  if (subscriber.blocked) return;  // Told, and ended, after the frame that it is taking.
  const auto spread = static_cast<std::uint64_t>(drain_window_->count());
  const auto retry = static_cast<std::uint32_t>(500 + random_.below(spread));
  subscriber.told_drain = true;
  send_control(slot, "drain", fmt::format(R"({{"reason":"shutdown","retry":{}}})", retry), retry);
  if (!subscriber.blocked) end_stream(slot, Transport::End::kDrain);
}

void Shard::end_stream(std::uint32_t slot, Transport::End why) {
  auto& subscriber = subscribers_[slot];
  subscriber.transport->end(subscriber.sink, why);
  free_slot(slot);
}

void Shard::abort_stream(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  subscriber.transport->abort(subscriber.sink);
  free_slot(slot);
}

void Shard::remove(SubscriberId id) {
  if (find(id) != nullptr) free_slot(id.slot);
}

void Shard::free_slot(std::uint32_t slot) {
  auto& subscriber = subscribers_[slot];
  using enum Subscriber::State;
  if (subscriber.state == kBehind || subscriber.state == kWaiting) {
    metrics_.subscribers_behind.subtract();
  }
  auto& members = subscriber.interest->members;
  members[subscriber.member_index] = members.back();
  subscribers_[members.back()].member_index = subscriber.member_index;
  members.pop_back();
  if (members.empty()) interests_.release(*subscriber.interest);
  metrics_.filters.set(interests_.costing_work());

  drop_lease(slot);
  subscriber.state = kFree;
  subscriber.interest = nullptr;
  if (subscriber.extras != nullptr) leave_presence(subscriber);
  subscriber.extras.reset();
  subscriber.generation = (subscriber.generation + 1) & SubscriberId::kGenerationMax;
  free_.push_back(slot);
  --count_;
  metrics_.subscribers.set(count_);
}

}  // namespace weir::hub
