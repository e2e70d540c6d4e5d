#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/workflow/engine/status.hpp"
#include "base/result.hpp"
#include "log/log.hpp"

/// How many executions stand where: a row for each workflow and one, named "", for all. Kept in the
/// commits that change what they say, so that nothing ever counts a list.
namespace weir::apps::workflow::stats {

/// An execution has gone from one status to another; none before: it is new; none after: it has
/// been forgotten.
base::Result<> move(log::State& state, const std::string& workflow,
                    std::optional<ExecutionStatus> from, std::optional<ExecutionStatus> to);

/// `{"total":45,"completed":38,"failed":5,"running":2,…}`; zeros for what nobody has executed.
base::Result<std::string> read_json(log::State& state, const std::string& workflow);

}  // namespace weir::apps::workflow::stats
