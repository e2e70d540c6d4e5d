#include "apps/webhooks/hook_store.hpp"

#include "log/value.hpp"

namespace weir::apps::hook_store {

base::Result<> prepare(log::State& state) {
  return state.execute(
      "CREATE TABLE IF NOT EXISTS webhooks ("
      "name TEXT PRIMARY KEY, cursor BIGINT NOT NULL, "
      "disabled TEXT NOT NULL, url_hash BIGINT NOT NULL)",
      {});
}

base::Result<std::optional<StoredHook>> find(log::State& state, const std::string& name) {
  std::optional<StoredHook> hook;
  const log::Value parameters[] = {name};
  auto found = state.query(
      "SELECT cursor, disabled, url_hash FROM webhooks WHERE name = ?", parameters,
      [&](log::Row row) {
        hook = StoredHook{{log::natural_of(row[0])}, log::text_of(row[1]), log::integer_of(row[2])};
      });
  if (!found) return found.error();
  return hook;
}

base::Result<> save(log::State& state, const std::string& name, const StoredHook& hook) {
  const log::Value by_name[] = {name};
  if (auto gone = state.execute("DELETE FROM webhooks WHERE name = ?", by_name); !gone) return gone;
  const log::Value row[] = {name, static_cast<std::int64_t>(hook.cursor.value), hook.disabled,
                            hook.url_hash};
  return state.execute(
      "INSERT INTO webhooks (name, cursor, disabled, url_hash) VALUES (?, ?, ?, ?)", row);
}

base::Result<> save_cursor(log::State& state, const std::string& name, base::Sequence cursor) {
  const auto to = static_cast<std::int64_t>(cursor.value);
  const log::Value row[] = {to, name, to};
  return state.execute("UPDATE webhooks SET cursor = ? WHERE name = ? AND cursor < ?", row);
}

}  // namespace weir::apps::hook_store
