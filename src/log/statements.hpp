#pragma once

#include <span>

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

}  // namespace weir::log
