#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/notifications/notification.hpp"
#include "base/result.hpp"
#include "log/log.hpp"

namespace weir::apps::notifications {

/// One notification on its way through one channel to one address. Made in the commit that brings
/// the notification, so that what is in an inbox is on its way, and the other way round.
struct Delivery {
  /// The values are stored; never renumber.
  enum class State : std::uint8_t {
    kPending = 0,
    kDelivered = 1,
    kFailed = 2,     ///< Given up.
    kCancelled = 3,  ///< Not to be sent any more (outbox.hpp).
  };

  std::int64_t id = 0;
  std::int64_t notification = 0;
  std::string user;
  std::string channel;
  std::string address;  ///< As Addresses::of has it; empty for the webhook.
  std::string payload;  ///< The notification as JSON; until it is over.
  State state = State::kPending;
  std::uint32_t attempts = 0;
  base::UnixMillis next_at = 0;
  base::UnixMillis created_at = 0;
  /// `{"at","millis","outcome","reason"}` of every attempt, and of why there are no more, joined by
  /// commas.
  std::string record;
};

namespace deliveries {

/// Makes the table if there is none.
base::Result<> prepare(log::State& state);
base::Result<> insert(log::State& state, const Delivery& one);
/// Those of a channel that are due, the earliest first.
base::Result<std::vector<Delivery>> due(log::State& state, std::string_view channel,
                                        base::UnixMillis now, std::size_t limit);
/// When the next one is due after `now`; 0: none is.
base::Result<base::UnixMillis> next_due(log::State& state, base::UnixMillis now);
/// State, attempts, next time and record. What is over keeps no payload, and what is not there any
/// more stays so.
base::Result<> save(log::State& state, const Delivery& one);
/// Removes those of a notification. How many of them were not over.
base::Result<std::size_t> remove_of(log::State& state, std::int64_t notification);
/// Of one user's notification, in the order in which they were made.
base::Result<std::vector<Delivery>> of(log::State& state, const std::string& user,
                                       std::int64_t notification);
/// Removes those with ids below this that are over, at most `limit`. Whether that was all.
base::Result<bool> remove_older(log::State& state, std::int64_t id, std::size_t limit);

void add_to_record(Delivery& one, base::UnixMillis began, base::UnixMillis ended,
                   std::string_view outcome, std::string_view reason);

/// For its user: no address but where it is his to see, and every attempt.
std::string to_json(const Delivery& one);

}  // namespace deliveries
}  // namespace weir::apps::notifications
