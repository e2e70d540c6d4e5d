// A step of an execution: containers, `parallel` and `foreach`, and their children.

#include <algorithm>
#include <utility>

#include "apps/workflow/engine/step.hpp"

namespace weir::apps::workflow {
namespace json = boost::json;

void Execution::Step::begin_container(NodeRun& run) {
  EffectOutcome bad;
  if (run.node->kind == NodeKind::kForeach) {
    auto items = resolve(run.node->items, it_.scope(&run));
    if (!items) {
      bad.error = "items: " + items.error().detail;
    } else if (!items->is_array()) {
      bad.error = "items: this is no array";
    } else if (items->get_array().size() > world_.limits->items_max) {
      bad.error = "items: " + std::to_string(items->get_array().size()) +
                  " are more than workflow_items_max";
    } else {
      run.input = std::move(*items);
    }
  }
  if (!bad.error.empty()) return attempt_failed(run, bad);
  it_.add_children(it_.index_of(run));
}

/// Whether a failed child makes its container fail.
static bool counts_as_failure(const NodeRun& child) {
  return child.status == NodeStatus::kFailed && !child.node->continue_on_error;
}

bool Execution::Step::advance_children(NodeRun& container) {
  bool moved = false;
  std::size_t active = 0;
  bool all_over = true;
  bool failed = false;
  for (const auto index : container.children) {
    const auto& child = it_.runs_[index];
    if (!child.terminal() && child.status != NodeStatus::kPending) ++active;
  }
  for (const auto index : container.children) {
    auto& child = it_.runs_[index];
    if (child.status == NodeStatus::kPending && !container.ending &&
        active < container.node->max_concurrent) {
      moved = true;
      const auto met = child.node->condition ? holds(*child.node->condition, it_.scope(&child))
                                             : base::Result<bool>(true);
      if (!met) {
        fail(child, "if: " + met.error().detail);
      } else if (!*met) {
        skip(child, "its condition does not hold");
      } else {
        try_start(child);
      }
      if (!child.terminal()) ++active;
    } else if (child.status == NodeStatus::kQueued) {
      try_start(child);
      moved = child.status != NodeStatus::kQueued || moved;
    }
    all_over = all_over && child.terminal();
    failed = failed || counts_as_failure(child);
  }
  if (failed && container.node->fail_fast && !container.ending && !all_over) {
    end_children(container);
    return true;
  }
  if (!all_over) return moved;
  finish_container(container);
  return true;
}

void Execution::Step::end_children(NodeRun& container) {
  container.ending = true;
  changed(container);
  for (const auto index : container.children) {
    if (!it_.runs_[index].terminal()) cancel(it_.runs_[index]);
  }
}

void Execution::Step::finish_container(NodeRun& container) {
  if (row().stopping != Stopping::kNo) {
    end_attempt(container, "cancelled");
    end(container, NodeStatus::kCancelled);
    return tell(container, "node.cancelled", end_fields(container));
  }
  // It has timed out.
  if (!container.error.empty()) return fail(container, std::string(container.error));
  std::size_t failures = 0;
  const NodeRun* first = nullptr;
  for (const auto index : container.children) {
    const auto& child = it_.runs_[index];
    if (!counts_as_failure(child)) continue;
    ++failures;
    if (first == nullptr) first = &child;
  }
  if (first != nullptr) {
    return fail(container, std::to_string(failures) + " of " +
                               std::to_string(container.children.size()) +
                               " failed: " + first->path + ": " + first->error);
  }
  if (container.node->kind == NodeKind::kForeach) {
    json::array outputs;
    for (const auto index : container.children) outputs.push_back(it_.runs_[index].output);
    return complete(container, std::move(outputs));
  }
  json::object outputs;
  for (const auto index : container.children) {
    outputs[it_.runs_[index].node->id] = it_.runs_[index].output;
  }
  complete(container, std::move(outputs));
}

}  // namespace weir::apps::workflow
