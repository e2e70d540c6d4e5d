#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/workflow/engine/status.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "log/log.hpp"

/// What the tables hold, as the API shows it; `cursor` is where that is true. On a reader's thread.
namespace weir::apps::workflow::views {

struct ListQuery {
  std::vector<ExecutionStatus> statuses;  ///< None: all.
  std::string workflow;                   ///< Empty: all.
  std::uint64_t before = 0;               ///< Older than this number; 0: from the newest on.
  std::uint32_t limit = 50;
  bool nodes = true;  ///< With `nodesExecuted` and `nodeDetails`.
};

/// A page of executions, newest first, with the numbers of all.
base::Result<std::string> list(log::State& state, const ListQuery& query,
                               const std::string& cursor);
/// The same where nothing was ever executed.
std::string empty_list(const std::string& cursor);

/// An execution with its nodes; without its values (inputs, outputs) where `values` is false, as
/// streams begin with it. kNotFound.
base::Result<std::string> execution(log::State& state, const std::string& id, bool values,
                                    const std::string& cursor);
/// A node with its attempts. kNotFound.
base::Result<std::string> node(log::State& state, const std::string& id, const std::string& path);
/// A part of a node's log from a byte on, of about `bytes_max`. kNotFound.
base::Result<std::string> node_log(log::State& state, const std::string& id,
                                   const std::string& path, std::uint64_t offset,
                                   std::uint32_t bytes_max);
/// Who is asked at present; and the same where nobody ever was.
base::Result<std::string> approvals(log::State& state, const std::string& cursor);
std::string no_approvals(const std::string& cursor);

/// All workflows, newest versions.
base::Result<std::string> definitions(log::State& state);
/// One version (0: the newest) with what is known of it. kNotFound.
base::Result<std::string> definition(log::State& state, const std::string& id,
                                     std::uint64_t version);
base::Result<std::string> versions(log::State& state, const std::string& id);
base::Result<std::string> secrets(log::State& state);

}  // namespace weir::apps::workflow::views
