#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "log/log.hpp"

namespace weir::apps {

/// What is kept of a hook, in the log's own store.
struct StoredHook {
  base::Sequence cursor;      ///< Everything up to here is settled.
  std::string disabled = {};  ///< Why it is; "" if it is not.
  std::int64_t url_hash = 0;  ///< Of the URL that it was disabled for. (A URL may hold a secret.)
};

/// The rows of hooks. They ride in the log's commits, so a dead letter and the cursor that has gone
/// past it cannot disagree. All calls inside `CommitRequest::apply`.
namespace hook_store {

/// Makes the table if there is none.
base::Result<> prepare(log::State& state);
base::Result<std::optional<StoredHook>> find(log::State& state, const std::string& name);
/// Makes the row or replaces it.
base::Result<> save(log::State& state, const std::string& name, const StoredHook& hook);
/// The cursor alone, which never goes back; the row exists.
base::Result<> save_cursor(log::State& state, const std::string& name, base::Sequence cursor);

}  // namespace hook_store
}  // namespace weir::apps
