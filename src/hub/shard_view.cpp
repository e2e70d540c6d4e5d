// What operators see of a shard's subscribers, and how they end one.

#include <algorithm>

#include "hub/shard.hpp"

namespace weir::hub {

SubscriberView Shard::view(std::uint32_t slot) const {
  const auto& subscriber = subscribers_[slot];
  const auto open = std::chrono::duration_cast<std::chrono::milliseconds>(
      clock_->steady() - started_ - subscriber.opened_tick * kTick);
  const auto* lease = subscriber.lease();
  return {.place = id_of(slot),
          .client = subscriber.client,
          .given_id = subscriber.given_id(),
          .interest = *subscriber.interest,
          .transport = *subscriber.transport,
          .sink = subscriber.sink,
          .holder = lease == nullptr ? nullptr : lease->holder.get(),
          .state = subscriber.state,
          .blocked = subscriber.blocked,
          .opened_at = clock_->unix_millis() - open.count(),
          .began = {log_->epoch(), subscriber.began},
          .cursor = position(id_of(slot))};
}

std::optional<std::uint32_t> Shard::visit(
    std::uint32_t from, std::uint32_t places,
    const std::function<void(const SubscriberView&)>& visit) const {
  const auto end =
      static_cast<std::uint32_t>(std::min<std::size_t>(subscribers_.size(), from + places));
  for (auto slot = from; slot < end; ++slot) {
    const auto state = subscribers_[slot].state;
    if (state == Subscriber::State::kFree || state == Subscriber::State::kReserved) continue;
    visit(view(slot));
  }
  if (end >= subscribers_.size()) return std::nullopt;
  return end;
}

std::optional<Owed> Shard::owed(SubscriberId id, std::size_t batches_max) const {
  const auto* subscriber = find(id);
  if (subscriber == nullptr || subscriber->state == Subscriber::State::kLive) return Owed{};
  return owed_in_ring(*subscriber, batches_max);
}

void Shard::disconnect(SubscriberId id) {
  auto* subscriber = find(id);
  if (subscriber == nullptr || subscriber->closing != Subscriber::Closing::kNo) return;
  metrics_.disconnected_by_operator.add();
  if (subscriber->blocked && !subscriber->transport->one_shot()) {
    close_when_writable(*subscriber, Subscriber::Closing::kDisconnected);
    arm(id.slot);
  } else {
    doomed_.push_back({id, Transport::End::kDisconnected});
    wake();
  }
}

}  // namespace weir::hub
