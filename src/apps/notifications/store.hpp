#pragma once

// The tables of the notifications, in the log's own store: rows and the counters beside them ride
// in the same commits as the events that tell of them. All calls with the state of a transaction,
// or (those that only read) of log::Log::read_state.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/notifications/notification.hpp"
#include "base/result.hpp"
#include "log/log.hpp"

namespace weir::apps::notifications {

/// What is kept of a user. A user whom nobody has told anything has no row, and all of this empty.
struct StoredUser {
  Counters counters;
  std::string preferences;  ///< JSON (preferences.hpp), or "".
  std::string addresses;    ///< JSON (addresses.hpp), or "".
};

namespace store {

/// Makes the tables if there are none, and brings those of an earlier weir up to date; the tables
/// of told_before must be there.
base::Result<> prepare(log::State& state);
/// The greatest id that was given out, deliveries' and broadcasts' included, whose tables must be
/// there.
base::Result<std::int64_t> last_id(log::State& state);

base::Result<StoredUser> user(log::State& state, const std::string& name);
base::Result<> save_counters(log::State& state, const std::string& name, const Counters& counters);
base::Result<> save_preferences(log::State& state, const std::string& name,
                                const std::string& json);
base::Result<> save_addresses(log::State& state, const std::string& name, const std::string& json);

base::Result<> insert(log::State& state, const Notification& one);
base::Result<> update(log::State& state, const Notification& one);
base::Result<> remove(log::State& state, std::int64_t id);

using Found = base::Result<std::optional<Notification>>;
/// Of this user; nobody else's is found.
Found find(log::State& state, const std::string& user, std::int64_t id);
/// The one in the inbox, unread, that more of the same group become part of.
Found find_group(log::State& state, const std::string& user, const std::string& type,
                 const std::string& group_key);
/// The one that goes first when there are too many: the oldest of the archive, then of the inbox
/// and what is snoozed.
Found find_oldest(log::State& state, const std::string& user);

enum class Tab { kInbox, kUnread, kArchived, kSnoozed };
/// Newest first, those that came up before `before`.
base::Result<std::vector<Notification>> list(log::State& state, const std::string& user, Tab tab,
                                             std::uint64_t before, std::size_t limit);

/// How many in the inbox are unread, and how many unseen, that came up at `up_to` or before.
struct Open {
  std::uint64_t unread = 0;
  std::uint64_t unseen = 0;
};
base::Result<Open> count_open(log::State& state, const std::string& user, std::uint64_t up_to);
/// Marks all of them seen, with `read` also read, as changed at `rev`.
base::Result<> mark_open(log::State& state, const std::string& user, std::uint64_t up_to,
                         base::UnixMillis now, std::uint64_t rev, bool read);

/// Those that are due, the earliest first.
base::Result<std::vector<Notification>> due(log::State& state, base::UnixMillis now,
                                            std::size_t limit);
/// When the next one is; 0: none is.
base::Result<base::UnixMillis> next_due(log::State& state);
/// Those that came before this, the oldest first. What is to come, or to come back, has no age.
base::Result<std::vector<Notification>> older(log::State& state, base::UnixMillis before,
                                              std::size_t limit);

}  // namespace store
}  // namespace weir::apps::notifications
