#include "apps/notifications/audience.hpp"

#include <array>

#include "log/statements.hpp"
#include "log/value.hpp"

namespace weir::apps::notifications::audience {
namespace {

using base::Result;
using log::State;
using log::Value;
using log::value_of;

constexpr std::array kTables = {
    "CREATE TABLE IF NOT EXISTS notification_members (kind BIGINT NOT NULL, name TEXT NOT NULL, "
    "user_id TEXT NOT NULL, PRIMARY KEY (kind, name, user_id))",
    "CREATE INDEX IF NOT EXISTS notification_members_by_user ON notification_members "
    "(user_id, kind)",
    "CREATE TABLE IF NOT EXISTS notification_broadcasts (id INTEGER PRIMARY KEY, "
    "body TEXT NOT NULL, created_at BIGINT NOT NULL, audience BIGINT NOT NULL, "
    "after_user TEXT NOT NULL, told BIGINT NOT NULL)",
};

Value kind_of(Audience::Kind kind) { return static_cast<std::int64_t>(kind); }
Result<std::vector<std::string>> texts(State& state, std::string_view sql,
                                       std::span<const Value> parameters) {
  std::vector<std::string> found;
  auto read =
      state.query(sql, parameters, [&](log::Row row) { found.push_back(log::text_of(row[0])); });
  if (!read) return read.error();
  return found;
}

}  // namespace

Result<> prepare(State& state) { return log::execute_all(state, kTables); }

Result<> add_member(State& state, const Audience& of, const std::string& user) {
  const Value row[] = {kind_of(of.kind), of.name, user};
  return state.execute(
      "INSERT INTO notification_members VALUES (?, ?, ?) ON CONFLICT (kind, name, user_id) "
      "DO NOTHING",
      row);
}

Result<> remove_member(State& state, const Audience& of, const std::string& user) {
  const Value row[] = {kind_of(of.kind), of.name, user};
  return state.execute(
      "DELETE FROM notification_members WHERE kind = ? AND name = ? AND user_id = ?", row);
}

Result<> remove_all(State& state, const Audience& of) {
  const Value key[] = {kind_of(of.kind), of.name};
  return state.execute("DELETE FROM notification_members WHERE kind = ? AND name = ?", key);
}

Result<std::vector<std::string>> members(State& state, const Audience& of, const std::string& after,
                                         std::size_t limit) {
  if (of.kind == Audience::Kind::kEveryone) {
    const Value key[] = {after, value_of(limit)};
    return texts(state,
                 "SELECT user_id FROM notification_users WHERE user_id > ? "
                 "ORDER BY user_id LIMIT ?",
                 key);
  }
  const Value key[] = {kind_of(of.kind), of.name, after, value_of(limit)};
  return texts(state,
               "SELECT user_id FROM notification_members WHERE kind = ? AND name = ? AND "
               "user_id > ? ORDER BY user_id LIMIT ?",
               key);
}

Result<std::vector<std::string>> names_of(State& state, Audience::Kind kind,
                                          const std::string& user, std::size_t limit) {
  const Value key[] = {user, kind_of(kind), value_of(limit)};
  return texts(state,
               "SELECT name FROM notification_members WHERE user_id = ? AND kind = ? "
               "ORDER BY name LIMIT ?",
               key);
}

Result<> begin(State& state, const Broadcast& one) {
  const Value row[] = {one.id,         one.body,          one.created_at, value_of(one.audience),
                       one.after_user, value_of(one.told)};
  return state.execute("INSERT INTO notification_broadcasts VALUES (?, ?, ?, ?, ?, ?)", row);
}

Result<std::optional<Broadcast>> next(State& state, std::int64_t after) {
  std::optional<Broadcast> found;
  const Value key[] = {after};
  auto read = state.query(
      "SELECT * FROM notification_broadcasts ORDER BY id <= ?, id LIMIT 1", key, [&](log::Row row) {
        found = Broadcast{.id = log::integer_of(row[0]),
                          .body = log::text_of(row[1]),
                          .created_at = log::integer_of(row[2]),
                          .audience = static_cast<std::uint32_t>(log::integer_of(row[3])),
                          .after_user = log::text_of(row[4]),
                          .told = log::natural_of(row[5])};
      });
  if (!read) return read.error();
  return found;
}

Result<std::uint64_t> under_way(State& state) {
  std::uint64_t count = 0;
  auto read = state.query("SELECT COUNT(*) FROM notification_broadcasts", {},
                          [&](log::Row row) { count = log::natural_of(row[0]); });
  if (!read) return read.error();
  return count;
}

Result<> save_progress(State& state, const Broadcast& one) {
  const Value row[] = {value_of(one.audience), one.after_user, value_of(one.told), one.id};
  return state.execute(
      "UPDATE notification_broadcasts SET audience = ?, after_user = ?, told = ? WHERE id = ?",
      row);
}

Result<> finish(State& state, std::int64_t id) {
  const Value key[] = {id};
  return state.execute("DELETE FROM notification_broadcasts WHERE id = ?", key);
}

}  // namespace weir::apps::notifications::audience
