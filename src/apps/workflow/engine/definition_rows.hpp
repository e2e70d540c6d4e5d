#pragma once

#include <string>

#include "apps/workflow/engine/load.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "log/log.hpp"

/// The rows of a workflow that was deleted. They stay as long as executions refer to them: those
/// that run go on by them, and those that ended are shown by them.
namespace weir::apps::workflow::store {

/// From here on there is no such workflow; its triggers are gone.
base::Result<> mark_deleted(log::State& state, const StoredDefinition& newest,
                            base::UnixMillis now);
/// Removes all versions of a workflow that was deleted and has no execution any more.
base::Result<> remove_if_unused(log::State& state, const std::string& id);

}  // namespace weir::apps::workflow::store
