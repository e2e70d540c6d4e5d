#include "apps/workflow/engine/definition_rows.hpp"

#include "log/value.hpp"

namespace weir::apps::workflow::store {

base::Result<> mark_deleted(log::State& state, const StoredDefinition& newest,
                            base::UnixMillis now) {
  const log::Value row[] = {now, newest.id, static_cast<std::int64_t>(newest.version)};
  auto marked = state.execute(
      "UPDATE workflow_definitions SET deleted = ? WHERE id = ? AND version = ?", row);
  const log::Value of[] = {newest.id};
  for (const auto* const sql : {"DELETE FROM workflow_triggers WHERE workflow = ?",
                                "DELETE FROM workflow_hooks WHERE workflow = ?"}) {
    if (!marked) return marked;
    marked = state.execute(sql, of);
  }
  return marked;
}

base::Result<> remove_if_unused(log::State& state, const std::string& id) {
  const auto newest = newest_definition(state, id);
  if (!newest) return newest.error();
  if (!*newest || (*newest)->deleted == 0) return {};
  bool used = false;
  const log::Value of[] = {id};
  auto read = state.query("SELECT number FROM workflow_executions WHERE workflow = ? LIMIT 1", of,
                          [&](log::Row) { used = true; });
  if (!read || used) return read;
  for (const auto* const sql : {"DELETE FROM workflow_definitions WHERE id = ?",
                                "DELETE FROM workflow_stats WHERE workflow = ?"}) {
    if (auto gone = state.execute(sql, of); !gone) return gone;
  }
  return {};
}

}  // namespace weir::apps::workflow::store
