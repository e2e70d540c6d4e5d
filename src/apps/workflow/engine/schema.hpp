#pragma once

#include "base/result.hpp"
#include "log/log.hpp"

namespace weir::apps::workflow::store {

// The tables of the workflows, in the log's own store: rows and events go into one commit.
// Executions have a number, by which they are listed and other rows refer to them; statuses are
// those of status.hpp.

/// Makes the tables that there are not.
base::Result<> prepare(log::State& state);
/// Brings those of an older version up to date; does nothing where there are none, or new ones.
/// kDataDirectoryUnusable: a newer weir has made them.
base::Result<> upgrade(log::State& state);
/// Whether they are there.
base::Result<bool> is_prepared(log::State& state);

}  // namespace weir::apps::workflow::store
