#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weir::apps::workflow {

/// What a node does. docs/workflow-definitions.md has a section for each.
enum class NodeKind : std::uint8_t {
  kShell,
  kHttp,
  kDelay,
  kScript,
  kBranch,
  kParallel,
  kForeach,
  kWorkflow,
  kApproval,
  kNotify,
  kTask,
  kPublish,
};

/// A row of the table of kinds: `GET /api/workflow/node-kinds`, the schema of a definition and the
/// types of expressions are made of it.
struct NodeKindInfo {
  NodeKind kind;
  std::string_view name;         ///< As in a definition.
  std::string_view description;  ///< A sentence for people.
  /// Does something outside of the workflow, so that it may use secrets and stand inside `parallel`
  /// and `foreach`.
  bool effect;
  boost::json::object with;    ///< The JSON Schema of `with`, once its expressions are resolved.
  boost::json::object output;  ///< The JSON Schema of what it results in.
};

/// In the order of NodeKind.
std::span<const NodeKindInfo> node_kinds();
const NodeKindInfo& info(NodeKind kind);
std::string_view name_of(NodeKind kind);
std::optional<NodeKind> node_kind(std::string_view name);

/// Whether it may be a child of `parallel` or `foreach`: all but parallel, foreach, branch and
/// approval, which decide over the graph.
bool may_be_child(NodeKind kind);

/// The table as `GET /api/workflow/node-kinds` answers it.
boost::json::array node_kinds_json();

}  // namespace weir::apps::workflow
