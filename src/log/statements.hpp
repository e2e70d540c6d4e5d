#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "log/log.hpp"

namespace weir::log {

/// Executes statements without parameters, in order: tables that an application makes, steps that
/// bring them to a newer version. The first one that fails ends it with its error.
inline base::Result<> execute_all(State& state, std::span<const char* const> statements) {
  for (const auto* const sql : statements) {
    if (auto done = state.execute(sql, {}); !done) return done;
  }
  return {};
}

/// Executes a statement that returns a row for each row that it changes (`RETURNING 1`). How many.
inline base::Result<std::size_t> execute_counted(State& state, std::string_view sql,
                                                 std::span<const Value> parameters) {
  std::size_t changed = 0;
  auto done = state.query(sql, parameters, [&](Row) { ++changed; });
  if (!done) return done.error();
  return changed;
}

}  // namespace weir::log
