#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/workflow/engine/status.hpp"
#include "apps/workflow/model/definition.hpp"
#include "base/types.hpp"

namespace weir::apps::workflow {

/// A node of one execution.
struct NodeRun {
  std::string path;                    ///< "fetch"; of a child "each/3".
  const Node* node = nullptr;          ///< In the execution's definition.
  std::string parent;                  ///< Of a child: its container's path.
  std::optional<std::uint32_t> index;  ///< Of a child of `foreach`: which item is its own.

  NodeStatus status = NodeStatus::kPending;
  Awaits awaits = Awaits::kNothing;
  std::uint32_t attempt = 0;        ///< The newest that was begun, from 1.
  std::uint32_t failures = 0;       ///< Attempts that count against `retry`.
  std::uint32_t interruptions = 0;  ///< Attempts that a crash of the server ended.
  bool ending = false;              ///< Its effect was asked to end, or its children were.
  bool kept = false;                ///< Ended in the execution that this one repeats.
  base::UnixMillis started = 0;     ///< The first attempt.
  base::UnixMillis attempt_started = 0;
  base::UnixMillis ended = 0;
  /// When something happens to it without anybody's doing: its time-out, its next attempt, the end
  /// of what it waits for. 0: never.
  base::UnixMillis due = 0;
  boost::json::value input;  ///< As people may see it: secrets are "***".
  boost::json::value output;
  std::string error;
  std::string chosen_case;  ///< Of a `branch`.
  std::string child;        ///< Of a `workflow`: the execution that it started.
  /// Completed or failed: where the way led on to from here.
  boost::json::array next;

  /// Of a container: where its children are among the execution's runs.
  std::vector<std::size_t> children = {};

  bool terminal() const { return is_terminal(status); }
  bool is_container() const {
    return node->kind == NodeKind::kParallel || node->kind == NodeKind::kForeach;
  }
  bool is_effect() const { return info(node->kind).effect; }
  /// A container's status says nothing that its children's do not.
  bool is_active_leaf() const {
    return !is_container() && (status == NodeStatus::kRunning || status == NodeStatus::kQueued ||
                               status == NodeStatus::kRetrying);
  }
};

}  // namespace weir::apps::workflow
