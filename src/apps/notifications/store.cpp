#include "apps/notifications/store.hpp"

#include <array>

#include "log/statements.hpp"
#include "log/value.hpp"

namespace weir::apps::notifications::store {
namespace {

using base::Result;
using log::Row;
using log::State;
using log::Value;
using log::value_of;

constexpr std::array kTables = {
    "CREATE TABLE IF NOT EXISTS notification_users (user_id TEXT PRIMARY KEY, "
    "rev BIGINT NOT NULL, inbox BIGINT NOT NULL, unread BIGINT NOT NULL, unseen BIGINT NOT NULL, "
    "archived BIGINT NOT NULL, snoozed BIGINT NOT NULL, preferences TEXT NOT NULL, "
    "addresses TEXT NOT NULL, scheduled BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS notifications (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, "
    "rev BIGINT NOT NULL, position BIGINT NOT NULL, place BIGINT NOT NULL, type TEXT NOT NULL, "
    "title TEXT NOT NULL, body TEXT NOT NULL, severity BIGINT NOT NULL, action_url TEXT NOT NULL, "
    "actions TEXT NOT NULL, group_key TEXT NOT NULL, dedupe_key TEXT NOT NULL, "
    "data TEXT NOT NULL, channels TEXT NOT NULL, merged BIGINT NOT NULL, "
    "created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, read_at BIGINT NOT NULL, "
    "archived_at BIGINT NOT NULL, snoozed_until BIGINT NOT NULL, deliver_at BIGINT NOT NULL, "
    "expires_at BIGINT NOT NULL, due_at BIGINT NOT NULL, came_at BIGINT NOT NULL)",
};

// Of an earlier weir: age was that of the id, keys were those of the rows, and what is scheduled
// was not counted.
constexpr std::array kUpgrade = {
    "ALTER TABLE notifications ADD COLUMN came_at BIGINT NOT NULL DEFAULT 0",
    "UPDATE notifications SET came_at = created_at",
    "INSERT INTO notification_keys SELECT user_id, dedupe_key, MAX(id), MAX(created_at) "
    "FROM notifications WHERE dedupe_key <> '' GROUP BY user_id, dedupe_key",
    "DROP INDEX IF EXISTS notifications_by_dedupe_key",
    "ALTER TABLE notification_users ADD COLUMN scheduled BIGINT NOT NULL DEFAULT 0",
    "INSERT INTO notification_users SELECT DISTINCT user_id, 0, 0, 0, 0, 0, 0, '', '', 0 "
    "FROM notifications WHERE place = 3 ON CONFLICT (user_id) DO NOTHING",
    "UPDATE notification_users SET scheduled = (SELECT COUNT(*) FROM notifications WHERE "
    "notifications.user_id = notification_users.user_id AND place = 3)",
};

constexpr std::array kIndexes = {
    "CREATE INDEX IF NOT EXISTS notifications_by_place ON notifications (user_id, place, position)",
    "CREATE INDEX IF NOT EXISTS notifications_by_group ON notifications (user_id, group_key) "
    "WHERE group_key <> ''",
    "CREATE INDEX IF NOT EXISTS notifications_by_due ON notifications (due_at) WHERE due_at <> 0",
    "CREATE INDEX IF NOT EXISTS notifications_by_age ON notifications (came_at) WHERE place < 2",
};

// In the order of `notification_of` and `values_of`.
#define WEIR_NOTIFICATION_COLUMNS                                                              \
  "id, user_id, rev, position, place, type, title, body, severity, action_url, actions, "      \
  "group_key, dedupe_key, data, channels, merged, created_at, seen_at, read_at, archived_at, " \
  "snoozed_until, deliver_at, expires_at, came_at"
#define WEIR_SELECT_NOTIFICATION "SELECT " WEIR_NOTIFICATION_COLUMNS " FROM notifications "

Notification notification_of(Row row) {
  using log::integer_of;
  using log::natural_of;
  using log::text_of;
  return {.id = integer_of(row[0]),
          .user = text_of(row[1]),
          .rev = natural_of(row[2]),
          .order = natural_of(row[3]),
          .place = static_cast<Place>(integer_of(row[4])),
          .type = text_of(row[5]),
          .title = text_of(row[6]),
          .body = text_of(row[7]),
          .severity = static_cast<Severity>(integer_of(row[8])),
          .action_url = text_of(row[9]),
          .actions = text_of(row[10]),
          .group_key = text_of(row[11]),
          .dedupe_key = text_of(row[12]),
          .data = text_of(row[13]),
          .channels = text_of(row[14]),
          .count = static_cast<std::uint32_t>(integer_of(row[15])),
          .created_at = integer_of(row[16]),
          .came_at = integer_of(row[23]),
          .seen_at = integer_of(row[17]),
          .read_at = integer_of(row[18]),
          .archived_at = integer_of(row[19]),
          .snoozed_until = integer_of(row[20]),
          .deliver_at = integer_of(row[21]),
          .expires_at = integer_of(row[22])};
}

std::vector<Value> values_of(const Notification& one) {
  return {one.id,
          one.user,
          value_of(one.rev),
          value_of(one.order),
          value_of(static_cast<std::uint64_t>(one.place)),
          one.type,
          one.title,
          one.body,
          value_of(static_cast<std::uint64_t>(one.severity)),
          one.action_url,
          one.actions,
          one.group_key,
          one.dedupe_key,
          one.data,
          one.channels,
          value_of(one.count),
          one.created_at,
          one.seen_at,
          one.read_at,
          one.archived_at,
          one.snoozed_until,
          one.deliver_at,
          one.expires_at,
          one.came_at};
}

Found find_one(State& state, std::string_view sql, std::span<const Value> parameters) {
  std::optional<Notification> found;
  auto read = state.query(sql, parameters, [&](Row row) { found = notification_of(row); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<Notification>> find_all(State& state, std::string_view sql,
                                           std::span<const Value> parameters) {
  std::vector<Notification> found;
  auto read = state.query(sql, parameters, [&](Row row) { found.push_back(notification_of(row)); });
  if (!read) return read.error();
  return found;
}

Result<std::int64_t> number(State& state, std::string_view sql) {
  std::int64_t found = 0;
  auto read = state.query(sql, {}, [&](Row row) { found = log::integer_of(row[0]); });
  if (!read) return read.error();
  return found;
}

}  // namespace

Result<> prepare(State& state) {
  if (auto made = log::execute_all(state, kTables); !made) return made;
  const auto current = state.query("SELECT came_at FROM notifications LIMIT 1", {}, [](Row) {});
  if (!current) {
    // Without the column the statement is a bad one.
    if (current.error().code != base::ErrorCode::kInternal) return current;
    if (auto done = log::execute_all(state, kUpgrade); !done) return done;
  }
  return log::execute_all(state, kIndexes);
}

Result<std::int64_t> last_id(State& state) {
  return number(state,
                "SELECT MAX(id) FROM (SELECT MAX(id) AS id FROM notifications UNION ALL "
                "SELECT MAX(id) FROM notification_deliveries UNION ALL "
                "SELECT MAX(id) FROM notification_broadcasts) AS given");
}

Result<StoredUser> user(State& state, const std::string& name) {
  StoredUser found;
  const Value key[] = {name};
  auto read = state.query(
      "SELECT rev, inbox, unread, unseen, archived, snoozed, scheduled, preferences, addresses "
      "FROM notification_users WHERE user_id = ?",
      key, [&](Row row) {
        using log::natural_of;
        found.counters = {natural_of(row[0]), natural_of(row[1]), natural_of(row[2]),
                          natural_of(row[3]), natural_of(row[4]), natural_of(row[5]),
                          natural_of(row[6])};
        found.preferences = log::text_of(row[7]);
        found.addresses = log::text_of(row[8]);
      });
  if (!read) return read.error();
  return found;
}

Result<> save_counters(State& state, const std::string& name, const Counters& counters) {
  const Value values[] = {name,
                          value_of(counters.rev),
                          value_of(counters.inbox),
                          value_of(counters.unread),
                          value_of(counters.unseen),
                          value_of(counters.archived),
                          value_of(counters.snoozed),
                          value_of(counters.scheduled)};
  return state.execute(
      "INSERT INTO notification_users VALUES (?, ?, ?, ?, ?, ?, ?, '', '', ?) "
      "ON CONFLICT (user_id) DO UPDATE SET rev = excluded.rev, inbox = excluded.inbox, "
      "unread = excluded.unread, unseen = excluded.unseen, archived = excluded.archived, "
      "snoozed = excluded.snoozed, scheduled = excluded.scheduled",
      values);
}

Result<> save_preferences(State& state, const std::string& name, const std::string& json) {
  const Value values[] = {name, json};
  return state.execute(
      "INSERT INTO notification_users VALUES (?, 0, 0, 0, 0, 0, 0, ?, '', 0) "
      "ON CONFLICT (user_id) DO UPDATE SET preferences = excluded.preferences",
      values);
}

Result<> save_addresses(State& state, const std::string& name, const std::string& json) {
  const Value values[] = {name, json};
  return state.execute(
      "INSERT INTO notification_users VALUES (?, 0, 0, 0, 0, 0, 0, '', ?, 0) "
      "ON CONFLICT (user_id) DO UPDATE SET addresses = excluded.addresses",
      values);
}

Result<> insert(State& state, const Notification& one) {
  auto values = values_of(one);
  values.emplace_back(one.due_at());
  return state.execute("INSERT INTO notifications (" WEIR_NOTIFICATION_COLUMNS
                       ", due_at) VALUES "
                       "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                       "?)",
                       values);
}

Result<> update(State& state, const Notification& one) {
  auto values = values_of(one);
  values.emplace_back(one.due_at());
  // The key comes last, and nothing changes hands.
  values.erase(values.begin(), values.begin() + 2);
  values.emplace_back(one.id);
  return state.execute(
      "UPDATE notifications SET rev = ?, position = ?, place = ?, type = ?, title = ?, body = ?, "
      "severity = ?, action_url = ?, actions = ?, group_key = ?, dedupe_key = ?, data = ?, "
      "channels = ?, merged = ?, created_at = ?, seen_at = ?, read_at = ?, archived_at = ?, "
      "snoozed_until = ?, deliver_at = ?, expires_at = ?, came_at = ?, due_at = ? WHERE id = ?",
      values);
}

Result<> remove(State& state, std::int64_t id) {
  const Value key[] = {id};
  return state.execute("DELETE FROM notifications WHERE id = ?", key);
}

Found find(State& state, const std::string& user, std::int64_t id) {
  const Value key[] = {id, user};
  return find_one(state, WEIR_SELECT_NOTIFICATION "WHERE id = ? AND user_id = ?", key);
}

Found find_group(State& state, const std::string& user, const std::string& type,
                 const std::string& group_key) {
  const Value key[] = {user, group_key, type};
  return find_one(state,
                  WEIR_SELECT_NOTIFICATION
                  "WHERE user_id = ? AND group_key = ? AND group_key <> '' AND place = 0 AND "
                  "read_at = 0 AND type = ? ORDER BY id DESC LIMIT 1",
                  key);
}

Found find_oldest(State& state, const std::string& user) {
  const auto oldest_in = [&](Place place) {
    const Value key[] = {user, value_of(static_cast<std::uint64_t>(place))};
    return find_one(
        state, WEIR_SELECT_NOTIFICATION "WHERE user_id = ? AND place = ? ORDER BY position LIMIT 1",
        key);
  };
  auto archived = oldest_in(Place::kArchive);
  if (!archived || *archived) return archived;
  auto there = oldest_in(Place::kInbox);
  auto snoozed = oldest_in(Place::kSnoozed);
  if (!there || !snoozed || !*snoozed) return there;
  return *there && (**there).order < (**snoozed).order ? there : snoozed;
}

Result<std::vector<Notification>> list(State& state, const std::string& user, Tab tab,
                                       std::uint64_t before, std::size_t limit) {
  const auto place = tab == Tab::kArchived  ? Place::kArchive
                     : tab == Tab::kSnoozed ? Place::kSnoozed
                                            : Place::kInbox;
  const Value key[] = {user, value_of(static_cast<std::uint64_t>(place)), value_of(before),
                       value_of(limit)};
  if (tab == Tab::kUnread) {
    return find_all(state,
                    WEIR_SELECT_NOTIFICATION
                    "WHERE user_id = ? AND place = ? AND position < ? AND read_at = 0 "
                    "ORDER BY position DESC LIMIT ?",
                    key);
  }
  return find_all(state,
                  WEIR_SELECT_NOTIFICATION
                  "WHERE user_id = ? AND place = ? AND position < ? ORDER BY position DESC LIMIT ?",
                  key);
}

Result<Open> count_open(State& state, const std::string& user, std::uint64_t up_to) {
  Open open;
  const Value key[] = {user, value_of(up_to)};
  auto read = state.query(
      "SELECT COUNT(CASE WHEN read_at = 0 THEN 1 END), COUNT(CASE WHEN seen_at = 0 THEN 1 END) "
      "FROM notifications WHERE user_id = ? AND place = 0 AND position <= ?",
      key, [&](Row row) { open = {log::natural_of(row[0]), log::natural_of(row[1])}; });
  if (!read) return read.error();
  return open;
}

Result<> mark_open(State& state, const std::string& user, std::uint64_t up_to, base::UnixMillis now,
                   std::uint64_t rev, bool read) {
  const Value seen[] = {now, value_of(rev), user, value_of(up_to)};
  auto marked = state.execute(
      "UPDATE notifications SET seen_at = ?, rev = ? "
      "WHERE user_id = ? AND place = 0 AND position <= ? AND seen_at = 0",
      seen);
  if (!marked || !read) return marked;
  return state.execute(
      "UPDATE notifications SET read_at = ?, rev = ? "
      "WHERE user_id = ? AND place = 0 AND position <= ? AND read_at = 0",
      seen);
}

Result<std::vector<Notification>> due(State& state, base::UnixMillis now, std::size_t limit) {
  const Value key[] = {now, value_of(limit)};
  return find_all(
      state, WEIR_SELECT_NOTIFICATION "WHERE due_at <> 0 AND due_at <= ? ORDER BY due_at LIMIT ?",
      key);
}

Result<base::UnixMillis> next_due(State& state) {
  return number(state, "SELECT MIN(due_at) FROM notifications WHERE due_at <> 0");
}

Result<std::vector<Notification>> older(State& state, base::UnixMillis before, std::size_t limit) {
  const Value key[] = {before, value_of(limit)};
  return find_all(
      state, WEIR_SELECT_NOTIFICATION "WHERE place < 2 AND came_at < ? ORDER BY came_at LIMIT ?",
      key);
}

#undef WEIR_SELECT_NOTIFICATION
#undef WEIR_NOTIFICATION_COLUMNS

}  // namespace weir::apps::notifications::store
