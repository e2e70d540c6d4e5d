// A step of an execution: which nodes come next.

#include <algorithm>
#include <utility>

#include "apps/workflow/engine/step.hpp"

namespace weir::apps::workflow {
namespace json = boost::json;

/// Does what can be done now; whether anything was.
bool Execution::Step::advance() {
  bool moved = false;
  for (const auto index : it_.definition_->order) {
    auto& run = it_.runs_[index];
    if (run.status == NodeStatus::kPending && row().stopping == Stopping::kNo) {
      moved = decide(index) || moved;
    } else if (run.status == NodeStatus::kQueued) {
      try_start(run);
      moved = run.status != NodeStatus::kQueued || moved;
    }
    if (run.is_container() && run.status == NodeStatus::kRunning) {
      moved = advance_children(run) || moved;
    }
  }
  return moved;
}

/// A node's time has come when all that leads to it has: it begins if one of the edges is taken.
bool Execution::Step::decide(std::size_t index) {
  auto& run = it_.runs_[index];
  const auto& incoming = run.node->incoming;
  bool taken = incoming.empty();
  std::string error;
  for (const auto each : incoming) {
    const auto& edge = it_.definition_->edges[each];
    if (!it_.runs_[edge.from].terminal()) return false;
    taken = is_taken(edge, error) || taken;
  }
  if (!error.empty()) {
    fail(run, std::move(error));
  } else if (!taken) {
    skip(run, "no edge leads here");
  } else if (run.node->condition) {
    const auto met = holds(*run.node->condition, it_.scope(&run));
    if (!met) {
      fail(run, "if: " + met.error().detail);
    } else if (!*met) {
      skip(run, "its condition does not hold");
    } else {
      try_start(run);
    }
  } else {
    try_start(run);
  }
  return true;
}

/// Of an edge whose source has ended. A condition that cannot be evaluated is an error.
bool Execution::Step::is_taken(const Edge& edge, std::string& error) const {
  const auto& source = it_.runs_[edge.from];
  const bool completed = source.status == NodeStatus::kCompleted;
  const bool failed = source.status == NodeStatus::kFailed;
  if (!completed && !failed) return false;
  // A failure that does not matter is as good as a success.
  const bool success = completed || source.node->continue_on_error;
  if (edge.on == EdgeOn::kSuccess && !success) return false;
  if (edge.on == EdgeOn::kFailure && !failed) return false;
  if (!edge.chosen_case.empty() && edge.chosen_case != source.chosen_case) return false;
  if (!edge.condition) return true;
  const auto met = holds(*edge.condition, it_.scope(nullptr));
  if (met) return *met;
  error = "the edge from " + source.path + ": " + met.error().detail;
  return false;
}

/// Whether the execution goes on in spite of it.
bool Execution::Step::is_failure_handled(const NodeRun& run) const {
  if (run.node->continue_on_error) return true;
  std::string ignored;
  return std::any_of(run.node->outgoing.begin(), run.node->outgoing.end(), [&](std::uint32_t each) {
    const auto& edge = it_.definition_->edges[each];
    return edge.on != EdgeOn::kSuccess && is_taken(edge, ignored);
  });
}

/// The nodes that an ended node's edges lead on to.
json::array Execution::Step::next_nodes(const NodeRun& run) const {
  json::array ids;
  std::string ignored;
  for (const auto each : run.node->outgoing) {
    const auto& edge = it_.definition_->edges[each];
    if (is_taken(edge, ignored)) ids.emplace_back(it_.definition_->nodes[edge.to].id);
  }
  return ids;
}

Execution::Step::Fields Execution::Step::way_fields(const NodeRun& run) {
  return {{"nextNodeId", run.next.empty() ? json::value() : run.next.front()},
          {"nextNodeIds", run.next}};
}

}  // namespace weir::apps::workflow
