#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apps/notifications/commit.hpp"
#include "apps/notifications/draft.hpp"
#include "apps/notifications/notification.hpp"
#include "apps/notifications/preferences.hpp"
#include "apps/notifications/store.hpp"
#include "base/result.hpp"

namespace weir::apps::notifications {

/// What a user does to one notification.
struct Change {
  enum class Kind { kSeen, kRead, kUnread, kArchive, kUnarchive, kSnooze, kUnsnooze };
  Kind kind;
  base::UnixMillis until = 0;  ///< Of kSnooze.
};

/// What became of a draft.
struct Told {
  std::int64_t id = 0;  ///< 0: it was transient, or refused.
  bool duplicate = false;
  bool refused = false;  ///< As many are scheduled for the user as there may be.
};

/// One user's notifications inside one commit: every command changes rows and counters, and appends
/// the events that tell of it. The rule of the counter: an event carries `unread`, `unseen` and
/// `rev` as they are when its change is done; all events of one change have the same `rev`, the
/// next one after that of the change before. Log thread, inside `apply`.
class Inbox {
 public:
  /// Opens the user's inbox, runs the commands, and saves the counters.
  static base::Result<> with(const Commit& commit, const std::string& user,
                             const std::function<base::Result<>(Inbox&)>& commands);

  /// A complete draft (types.hpp).
  base::Result<Told> tell(const Draft& draft);
  /// kNotFound; kBadRequest for a time to snooze until that is over. Nothing changes if it is so
  /// already.
  base::Result<Notification> change(std::int64_t id, const Change& change);
  /// All in the inbox that came up at that rev or before are seen, with `read` also read.
  base::Result<> mark_all(std::uint64_t up_to_rev, bool read);
  /// kNotFound.
  base::Result<> remove(std::int64_t id);
  /// One that is scheduled, which its user knows nothing of, does not come. kNotFound.
  base::Result<> call_off(std::int64_t id);
  /// What time does to it: it expires, is delivered, or comes back.
  base::Result<> come_due(const Notification& one);
  /// It is too old to be kept.
  base::Result<> retire(const Notification& one);

  const Counters& counters() const { return stored_.counters; }

 private:
  Inbox(const Commit& commit, std::string user, StoredUser stored);

  base::Result<Told> show(const Notification& one);
  base::Result<Told> schedule(Notification one, base::UnixMillis deliver_at);
  base::Result<Told> bring(Notification one);

  base::Result<std::optional<Notification>> group_of(const Notification& one);
  base::Result<> merge(const Notification& group, Notification one);

  enum class Way { kNew, kStored };
  base::Result<> come_up(const Notification* before, Notification one, Way way, bool send);
  base::Result<> put(const Notification* before, Notification& after, Way way,
                     std::string_view event);
  base::Result<> take_out(const Notification& one);
  base::Result<> make_room(std::int64_t newest);
  base::Result<> send_out(const Notification& one, std::optional<base::UnixMillis> quiet_until);
  void append(std::string_view type, std::string_view key, std::string members);
  void append_badge_if_moved(const Counters& before);
  void alert(std::string notification);

  Commit commit_;
  std::string user_;
  StoredUser stored_;
  Preferences preferences_;
};

}  // namespace weir::apps::notifications
