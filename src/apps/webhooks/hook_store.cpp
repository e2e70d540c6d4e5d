#include "apps/webhooks/hook_store.hpp"

#include <variant>

namespace weir::apps::hook_store {
namespace {

std::int64_t integer(const log::Value& value) {
  const auto* found = std::get_if<std::int64_t>(&value);
  return found == nullptr ? 0 : *found;
}

std::string text(const log::Value& value) {
  const auto* found = std::get_if<std::string>(&value);
  return found == nullptr ? std::string() : *found;
}

}  // namespace

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
  auto found = state.query("SELECT cursor, disabled, url_hash FROM webhooks WHERE name = ?",
                           parameters, [&](log::Row row) {
                             hook = StoredHook{{static_cast<std::uint64_t>(integer(row[0]))},
                                               text(row[1]),
                                               integer(row[2])};
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
