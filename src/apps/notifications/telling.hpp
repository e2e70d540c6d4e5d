#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "apps/notifications/audience.hpp"
#include "apps/notifications/commit.hpp"
#include "apps/notifications/draft.hpp"
#include "apps/notifications/inbox.hpp"
#include "apps/once.hpp"
#include "base/result.hpp"

namespace weir::apps::notifications {

// From a request to inboxes. Inside a commit.

/// What became of a request.
struct TellOutcome {
  std::vector<std::pair<std::string, Told>> told;  ///< Of the users that it names.
  std::int64_t broadcast = 0;                      ///< For its audiences; 0: it has none.
};

/// Tells the users that it names, and begins the broadcast to its audiences. `body` is what it was
/// read from. kBadRequest, kTooManyBroadcasts.
base::Result<TellOutcome> tell(const Commit& commit, NotifyRequest request, std::string body);

/// The same, but once under the key. The answer to who asked for it:
/// `{"notifications":[{"id","userId","duplicate"}],"broadcast","cursor"}`.
base::Result<std::string> tell_once(const Commit& commit, const once::Key& key,
                                    const NotifyRequest& request, const std::string& body,
                                    base::Epoch epoch);

/// A step of one broadcast: at most `limit` users. They take turns, so that one to few does not
/// wait for one to all: it is the one after `last`, and what is left is its id; 0: there is none.
base::Result<std::int64_t> step_broadcast(const Commit& commit, std::size_t limit,
                                          std::int64_t last);

/// What time does: at most `limit` notifications that are due. Whether that was all.
base::Result<bool> step_due(const Commit& commit, std::size_t limit);

/// Removes what is older than the settings keep: notifications, records of deliveries and keys, at
/// most `limit` of each. Whether that was all.
base::Result<bool> step_retention(const Commit& commit, std::size_t limit);

}  // namespace weir::apps::notifications
