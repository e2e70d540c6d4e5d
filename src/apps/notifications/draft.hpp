#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/notifications/notification.hpp"
#include "apps/view/members.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "proto/json_reader.hpp"

namespace weir::apps::notifications {

/// Limits that a type's templates, an occurrence's link and a draft have in common.
inline constexpr std::size_t kTitleBytesMax = 256;
inline constexpr std::size_t kLinkBytesMax = 2'048;
/// Its link and its actions (as JSON) together: every event has them whole, because a link that is
/// cut leads nowhere.
inline constexpr std::size_t kLinksBytesMax = 2'048;

/// What is to be told, before it is known to whom.
struct Draft {
  std::string type;
  std::string title;  ///< Empty: made of the type's template. So are body and actionUrl.
  std::string body;
  std::optional<Severity> severity;  ///< None: the type's.
  std::string action_url;
  std::string actions;  ///< A JSON array, or "".
  std::string group_key;
  std::string dedupe_key;
  std::string data;                     ///< A JSON object, or "".
  std::optional<std::string> channels;  ///< A JSON array; none: the type's.
  base::UnixMillis deliver_at = 0;      ///< 0: now.
  base::UnixMillis expires_at = 0;      ///< 0: never.
  bool transient = false;               ///< Only shown (`alert`), and not kept.
};

/// To whom.
struct Recipients {
  std::vector<std::string> users;
  std::vector<std::string> groups;
  std::vector<std::string> topics;  ///< Whoever follows them.
  bool everyone = false;            ///< All who have an inbox or settings.

  bool by_name_only() const { return groups.empty() && topics.empty() && !everyone; }
};

struct NotifyRequest {
  Draft draft;
  Recipients recipients;
};

/// Reads the body of `POST /api/notifications`. kBadJson; kBadRequest with the member that is
/// wrong. `now` is what `expiresIn` counts from.
base::Result<NotifyRequest> read_notify_request(std::string_view body,
                                                const base::NotificationSettings& limits,
                                                base::UnixMillis now);

/// The channels beside the inbox.
inline constexpr std::string_view kChannels[] = {"webhook", "ntfy", "email", "push"};
/// A JSON array of names of channels, each once. kBadRequest.
base::Result<std::string> read_channels(const proto::JsonValue& value);

/// A link that a page may show: http, https, or a path of the page's own site. kBadRequest
/// otherwise: a `javascript:` link would run in whoever clicks it.
base::Result<> check_link(std::string_view name, std::string_view link);

// A member of a JSON object, as these bodies have it. kBadRequest with the name.
/// Milliseconds since 1970, or RFC 3339.
base::Result<> take_time(std::string_view name, const proto::JsonValue& value,
                         base::UnixMillis& out);

}  // namespace weir::apps::notifications
