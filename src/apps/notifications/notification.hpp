#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace weir::apps::notifications {

enum class Severity : std::uint8_t { kInfo, kSuccess, kWarning, kCritical };

/// Where a notification is. The values are stored; never renumber.
enum class Place : std::uint8_t {
  kInbox = 0,
  kArchive = 1,
  kSnoozed = 2,    ///< Comes back into the inbox at `snoozed_until`.
  kScheduled = 3,  ///< Nobody sees it before `deliver_at`.
};

/// One thing that one user is told. A time of 0 is none.
struct Notification {
  std::int64_t id = 0;      ///< Of all users', in the order in which they were made.
  std::string user;         ///< Whose inbox it is in.
  std::uint64_t rev = 0;    ///< The inbox's, when this changed last.
  std::uint64_t order = 0;  ///< The inbox's rev when it last came up: newest first in lists.
  Place place = Place::kInbox;
  std::string type;
  std::string title;
  std::string body;
  Severity severity = Severity::kInfo;
  std::string action_url;
  std::string actions;  ///< A JSON array, or "".
  std::string group_key;
  std::string dedupe_key;
  std::string data;         ///< A JSON object, or "".
  std::string channels;     ///< Beside the inbox: a JSON array of names, or "".
  std::uint32_t count = 1;  ///< How many of one group have become this one.
  base::UnixMillis created_at = 0;
  /// When it last came into the inbox (or the archive, where its user does not want it there): its
  /// age counts from here.
  base::UnixMillis came_at = 0;
  base::UnixMillis seen_at = 0;
  base::UnixMillis read_at = 0;
  base::UnixMillis archived_at = 0;
  base::UnixMillis snoozed_until = 0;
  base::UnixMillis deliver_at = 0;
  base::UnixMillis expires_at = 0;

  /// When time alone changes it; 0: never.
  base::UnixMillis due_at() const;
};

/// How many there are in a user's inbox, kept beside the rows in the same commits. `unread` and
/// `unseen` count what is in the inbox; of `scheduled` its user knows nothing.
struct Counters {
  std::uint64_t rev = 0;
  std::uint64_t inbox = 0;
  std::uint64_t unread = 0;
  std::uint64_t unseen = 0;
  std::uint64_t archived = 0;
  std::uint64_t snoozed = 0;
  std::uint64_t scheduled = 0;

  void add(const Notification& one);
  void subtract(const Notification& one);
  std::uint64_t kept() const { return inbox + archived + snoozed; }
  friend bool operator==(const Counters&, const Counters&) = default;
};

std::string_view name_of(Severity severity);
std::optional<Severity> parse_severity(std::string_view name);

/// `ntf_` and 16 hexadecimal digits.
std::string id_text(std::int64_t id);
std::optional<std::int64_t> parse_id(std::string_view text);

/// The topic of a user's changes.
std::string topic_of(std::string_view user);

/// The notification as a JSON object. With `whole`, long texts and `data` are in it, and
/// `deliverAt` if it has not come yet; without, what a stream carries.
std::string to_json(const Notification& one, bool whole);

/// `"unread":n,"unseen":n,"rev":n`: what every change and every event carries.
std::string counters_members(const Counters& counters);
/// The same with how many there are in each place.
std::string all_counters_members(const Counters& counters);

}  // namespace weir::apps::notifications
