// Streams that somebody opened for a time: their end, its announcement, renewal, revocation.

#include <fmt/format.h>

#include <algorithm>

#include "hub/shard.hpp"
#include "proto/json.hpp"
#include "proto/rfc3339.hpp"

namespace weir::hub {
namespace {

// A stream that cannot take the announcement now is asked again after so long.
constexpr std::uint32_t kAskAgainTicks = 10;
constexpr std::int64_t kFarTicks = 1 << 30;  // Three years; looked at again then.

}  // namespace

void Shard::take_lease(std::uint32_t slot, std::unique_ptr<Lease> lease) {
  if (lease == nullptr) return;
  leases_.emplace(lease->client_id, id_of(slot));
  subscribers_[slot].extras->lease = std::move(lease);
  time_lease(slot);
}

void Shard::drop_lease(std::uint32_t slot) {
  const auto* lease = subscribers_[slot].lease();
  if (lease == nullptr) return;
  const auto [begin, end] = leases_.equal_range(lease->client_id);
  const auto at =
      std::find_if(begin, end, [&](const auto& each) { return each.second.slot == slot; });
  if (at != end) leases_.erase(at);
  subscribers_[slot].extras->lease.reset();
}

/// Turns the calendar's times into ticks.
void Shard::time_lease(std::uint32_t slot) {
  auto& lease = *subscribers_[slot].lease();
  lease.warn_tick = 0;
  lease.end_tick = 0;
  if (!lease.expires) return;
  const auto now = clock_->unix_millis();
  const auto tick_in = [&](std::int64_t milliseconds) {
    const auto ticks = (milliseconds + kTick.count() - 1) / kTick.count();
    return static_cast<std::uint32_t>(
        wheel_.now() + static_cast<std::uint64_t>(std::clamp<std::int64_t>(ticks, 1, kFarTicks)));
  };
  lease.end_tick = tick_in(*lease.expires - now);
  const auto ahead = settings_->access.auth_expiring.count();
  if (ahead > 0) lease.warn_tick = tick_in(*lease.expires - ahead - now);
}

/// Nothing more is owed to who does not take it: what it has not read by now is not its own.
void Shard::doom_unauthorized(SubscriberId id) {
  const bool takes = !subscribers_[id.slot].blocked;
  doomed_.push_back({id, takes ? std::optional(Transport::End::kUnauthorized) : std::nullopt});
}

/// False if the lease is over, and the stream with it.
bool Shard::look_at_lease(SubscriberId id) {
  auto& subscriber = subscribers_[id.slot];
  auto& lease = *subscriber.lease();
  const auto now = static_cast<std::uint32_t>(wheel_.now());
  if (lease.end_tick != 0 && now >= lease.end_tick) {
    if (clock_->unix_millis() >= *lease.expires) {
      metrics_.leases_ended.add();
      doom_unauthorized(id);
      return false;
    }
    time_lease(id.slot);  // The calendar went back, or the end was too far to count.
  }
  if (lease.warn_tick != 0 && now >= lease.warn_tick) {
    if (subscriber.blocked) {
      lease.warn_tick = now + kAskAgainTicks;
    } else {
      lease.warn_tick = 0;
      send_control(
          id.slot, "auth-expiring",
          fmt::format(R"({{"client_id":{},"expires":"{}"}})", proto::json_string(lease.client_id),
                      proto::format_rfc3339(*lease.expires)));
    }
  }
  return true;
}

std::optional<Renewed> Shard::renew(std::string_view client_id, const Renewal& renewal) {
  std::optional<Renewed> answer;
  const auto [begin, end] = leases_.equal_range(client_id);
  for (auto at = begin; at != end; ++at) {
    auto* subscriber = find(at->second);
    if (subscriber == nullptr) continue;
    auto& lease = *subscriber->lease();
    auto renewed = renewal(*lease.holder, *subscriber->interest->selectors);
    if (renewed) {
      // Never sooner than before, so that the wheel's entry comes in time.
      lease.expires = *renewed;
      time_lease(at->second.slot);
    }
    if (!answer || renewed) answer = std::move(renewed);
  }
  return answer;
}

void Shard::end_leases(const std::function<bool(const LeaseHolder&)>& over) {
  for (const auto& [client_id, id] : leases_) {
    const auto* subscriber = find(id);
    if (subscriber == nullptr || subscriber->state == Subscriber::State::kReserved) continue;
    if (!over(*subscriber->lease()->holder)) continue;
    metrics_.leases_revoked.add();
    doom_unauthorized(id);
  }
  end_doomed();
}

}  // namespace weir::hub
