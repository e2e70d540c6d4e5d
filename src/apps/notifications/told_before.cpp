#include "apps/notifications/told_before.hpp"

#include <array>

#include "log/statements.hpp"
#include "log/value.hpp"

namespace weir::apps::notifications::told_before {
namespace {

using base::Result;
using log::State;
using log::Value;
using log::value_of;

constexpr std::array kTables = {
    "CREATE TABLE IF NOT EXISTS notification_keys (user_id TEXT NOT NULL, "
    "dedupe_key TEXT NOT NULL, notification_id BIGINT NOT NULL, told_at BIGINT NOT NULL, "
    "PRIMARY KEY (user_id, dedupe_key))",
    "CREATE INDEX IF NOT EXISTS notification_keys_by_time ON notification_keys (told_at)",
    "CREATE TABLE IF NOT EXISTS notification_reached (broadcast_id BIGINT NOT NULL, "
    "user_id TEXT NOT NULL, PRIMARY KEY (broadcast_id, user_id))",
};

}  // namespace

Result<> prepare(State& state) { return log::execute_all(state, kTables); }

Result<std::optional<std::int64_t>> find(State& state, const std::string& user,
                                         const std::string& dedupe_key, base::UnixMillis since) {
  std::optional<std::int64_t> found;
  const Value key[] = {user, dedupe_key, since};
  auto read = state.query(
      "SELECT notification_id FROM notification_keys WHERE user_id = ? AND dedupe_key = ? AND "
      "told_at >= ?",
      key, [&](log::Row row) { found = log::integer_of(row[0]); });
  if (!read) return read.error();
  return found;
}

Result<> remember(State& state, const std::string& user, const std::string& dedupe_key,
                  std::int64_t id, base::UnixMillis now) {
  const Value row[] = {user, dedupe_key, id, now};
  return state.execute(
      "INSERT INTO notification_keys VALUES (?, ?, ?, ?) ON CONFLICT (user_id, dedupe_key) "
      "DO UPDATE SET notification_id = excluded.notification_id, told_at = excluded.told_at",
      row);
}

Result<bool> forget_older(State& state, base::UnixMillis before, std::size_t limit) {
  const Value key[] = {before, value_of(limit)};
  const auto gone =
      log::execute_counted(state,
                           "DELETE FROM notification_keys WHERE (user_id, dedupe_key) IN "
                           "(SELECT user_id, dedupe_key FROM notification_keys WHERE told_at < ? "
                           "ORDER BY told_at LIMIT ?) RETURNING 1",
                           key);
  if (!gone) return gone.error();
  return *gone < limit;
}

Result<bool> reach(State& state, std::int64_t broadcast, const std::string& user) {
  const Value row[] = {broadcast, user};
  const auto added =
      log::execute_counted(state,
                           "INSERT INTO notification_reached VALUES (?, ?) "
                           "ON CONFLICT (broadcast_id, user_id) DO NOTHING RETURNING 1",
                           row);
  if (!added) return added.error();
  return *added > 0;
}

Result<bool> forget_reached(State& state, std::int64_t broadcast, std::size_t limit) {
  const Value key[] = {broadcast, broadcast, value_of(limit)};
  const auto gone = log::execute_counted(
      state,
      "DELETE FROM notification_reached WHERE broadcast_id = ? AND user_id IN "
      "(SELECT user_id FROM notification_reached WHERE broadcast_id = ? LIMIT ?) RETURNING 1",
      key);
  if (!gone) return gone.error();
  return *gone < limit;
}

}  // namespace weir::apps::notifications::told_before
