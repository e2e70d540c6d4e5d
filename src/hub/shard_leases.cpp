// Streams that somebody opened for a time: their end, its announcement, renewal, revocation.

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

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
  leases_.emplace(lease->client_id, id_of(slot).packed());
  subscribers_[slot].extras->lease = std::move(lease);
  time_lease(slot);
}

void Shard::drop_lease(std::uint32_t slot) {
  const auto* lease = subscribers_[slot].lease();
  if (lease == nullptr) return;
  leases_.erase({lease->client_id, id_of(slot).packed()});
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
  // Who waits for an answer has no use for an announcement.
  if (subscribers_[slot].transport->one_shot()) return;
  const auto ahead = settings_->access.auth_expiring.count();
  if (ahead > 0) lease.warn_tick = tick_in(*lease.expires - ahead - now);
}

/// Nothing more is owed to who does not take it: what it has not read by now is not its own. A part
/// of a connection may be held up alone, so there it is the transport that looks.
void Shard::doom_unauthorized(SubscriberId id) {
  auto& subscriber = subscribers_[id.slot];
  const bool takes = !subscriber.blocked || subscriber.lease()->holder->connection() != nullptr;
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
    // Ticks run ahead of the calendar, or it went back, or the end was too far to count.
    const bool announced = lease.warn_tick == 0;
    time_lease(id.slot);
    if (announced) lease.warn_tick = 0;
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
  struct Asked {
    std::uint32_t slot;
    const void* connection;
    Renewed answer;
  };
  std::vector<Asked> all;
  std::unordered_map<const void*, base::Error> refused;
  for (auto at = leases_.lower_bound({std::string(client_id), 0});
       at != leases_.end() && at->first == client_id; ++at) {
    const auto* subscriber = find(SubscriberId::unpacked(at->second));
    if (subscriber == nullptr) continue;
    const auto& holder = *subscriber->lease()->holder;
    Asked asked{SubscriberId::unpacked(at->second).slot, holder.connection(),
                renewal.check(holder, *subscriber->interest->selectors)};
    if (!asked.answer && asked.connection != nullptr) {
      refused.emplace(asked.connection, asked.answer.error());
    }
    all.push_back(std::move(asked));
  }
  std::optional<Renewed> answer;
  for (auto& each : all) {
    if (const auto why = refused.find(each.connection); why != refused.end()) {
      each.answer = why->second;
    }
    if (each.answer) {
      auto& lease = *subscribers_[each.slot].lease();
      renewal.apply(*lease.holder);
      // Never sooner than before, so that the wheel's entry comes in time.
      lease.expires = *each.answer;
      time_lease(each.slot);
    }
    if (!answer || each.answer) answer = std::move(each.answer);
  }
  return answer;
}

void Shard::end_leases(const std::function<bool(const LeaseHolder&)>& over) {
  for (const auto& [client_id, packed] : leases_) {
    const auto id = SubscriberId::unpacked(packed);
    const auto* subscriber = find(id);
    if (subscriber == nullptr || subscriber->state == Subscriber::State::kReserved) continue;
    if (!over(*subscriber->lease()->holder)) continue;
    metrics_.leases_revoked.add();
    doom_unauthorized(id);
  }
  end_doomed();
}

}  // namespace weir::hub
