#pragma once

#include <string>
#include <string_view>

#include "apps/notifications/draft.hpp"
#include "base/result.hpp"

namespace weir::apps::notifications {

/// What happened in a marketplace of tasks, as a notification. The body is
///
///   {"to": "alice" | ["alice", …], "from": "Bob", "fromId": "u-17", "text": "…",
///    "task": "Paint the fence", "rating": 5, "actionUrl": "/tasks/17", "dedupeKey": "…"}
///
/// of which `to` is needed. `sender` stands for `from` where it says none, `task` for the task's
/// title; notifications of one kind about one task, or from one sender (by `fromId`, or else
/// `from`), are one group. kBadJson, kBadRequest.
base::Result<NotifyRequest> read_occurrence(std::string_view body, std::string_view type,
                                            std::string_view task, std::string_view sender,
                                            const base::NotificationSettings& limits);

}  // namespace weir::apps::notifications
