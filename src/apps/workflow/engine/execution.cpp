#include "apps/workflow/engine/execution.hpp"

#include <algorithm>
#include <utility>

#include "apps/workflow/engine/step.hpp"
#include "base/check.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

}  // namespace

std::string shortened(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  // Not within a character: its later bytes are 10xxxxxx.
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

Execution::Execution(ExecutionRow row, std::shared_ptr<const Definition> definition)
    : row_(std::move(row)), definition_(std::move(definition)) {
  for (const auto& node : definition_->nodes) {
    NodeRun run;
    run.path = node.id;
    run.node = &node;
    add_run(std::move(run));
  }
}

std::size_t Execution::add_run(NodeRun run) {
  const auto index = runs_.size();
  by_path_.emplace(run.path, index);
  runs_.push_back(std::move(run));
  return index;
}

std::size_t Execution::index_of(const NodeRun& run) const { return by_path_.at(run.path); }

const NodeRun* Execution::find(std::string_view path) const {
  const auto at = by_path_.find(std::string(path));
  return at == by_path_.end() ? nullptr : &runs_[at->second];
}

/// The children that a container has, by its definition and, of a `foreach`, its items.
void Execution::add_children(std::size_t index) {
  auto& container = runs_[index];
  if (!container.children.empty()) return;
  const auto& node = *container.node;
  const bool each = node.kind == NodeKind::kForeach;
  const auto count = each ? container.input.as_array().size() : node.children.size();
  for (std::size_t i = 0; i < count; ++i) {
    NodeRun child;
    child.node = each ? &node.children.front() : &node.children[i];
    child.path = container.path + "/" + (each ? std::to_string(i) : child.node->id);
    child.parent = container.path;
    if (each) child.index = static_cast<std::uint32_t>(i);
    container.children.push_back(add_run(std::move(child)));
  }
}

void Execution::restore(NodeRun stored) {
  auto at = by_path_.find(stored.path);
  if (at == by_path_.end())
    return;  // Of a container whose own row went first: nothing refers to it.
  auto& run = runs_[at->second];
  stored.node = run.node;
  stored.parent = run.parent;
  stored.index = run.index;
  stored.children = std::move(run.children);
  run = std::move(stored);
  if (run.is_container() && !run.terminal() && run.status != NodeStatus::kPending &&
      run.status != NodeStatus::kQueued) {
    add_children(at->second);
  }
}

void Execution::keep_results(const Execution& of, std::uint32_t from_node) {
  // In the graph's order a node's fate is known when those before it are.
  std::vector<bool> anew(definition_->nodes.size(), false);
  anew[from_node] = true;
  for (const auto index : definition_->order) {
    for (const auto edge : definition_->nodes[index].incoming) {
      if (anew[definition_->edges[edge].from]) anew[index] = true;
    }
  }
  // What the node depends on keeps a failure, too: the graph has gone on from there.
  std::vector<bool> before(definition_->nodes.size(), false);
  before[from_node] = true;
  for (auto at = definition_->order.rbegin(); at != definition_->order.rend(); ++at) {
    if (!before[*at]) continue;
    for (const auto edge : definition_->nodes[*at].incoming) {
      before[definition_->edges[edge].from] = true;
    }
  }
  for (std::size_t i = 0; i < definition_->nodes.size(); ++i) {
    const auto& old = of.runs_[i];
    const bool keep = old.status == NodeStatus::kCompleted || old.status == NodeStatus::kSkipped ||
                      (old.status == NodeStatus::kFailed && before[i]);
    if (anew[i] || !keep) continue;
    auto& run = runs_[i];
    run.status = old.status;
    run.attempt = old.attempt;
    run.started = old.started;
    run.ended = old.ended;
    run.input = old.input;
    run.output = old.output;
    run.error = old.error;
    run.chosen_case = old.chosen_case;
    run.child = old.child;
    run.next = old.next;
    run.kept = true;
  }
}

Transition Execution::create(const World& world, bool begin) {
  Step step(*this, world);
  step.create(begin);
  step.settle();
  return step.take();
}

Transition Execution::apply(Command command, const World& world) {
  Step step(*this, world);
  if (!terminal()) {
    std::visit([&](auto& each) { step.handle(each); }, command);
    step.settle();
  }
  return step.take();
}

base::UnixMillis Execution::due() const {
  if (terminal() || row_.status == ExecutionStatus::kQueued) return 0;
  base::UnixMillis earliest = row_.stopping == Stopping::kNo ? row_.deadline : 0;
  for (const auto& run : runs_) {
    if (run.terminal() || run.due == 0) continue;
    if (earliest == 0 || run.due < earliest) earliest = run.due;
  }
  return earliest;
}

Scope Execution::scope(const NodeRun* run) const {
  Scope scope;
  scope.input = &row_.input;
  scope.trigger = &row_.trigger;
  scope.execution = {row_.id, row_.started, run == nullptr ? 1 : std::max(run->attempt, 1U)};
  scope.workflow = {row_.workflow, row_.workflow_name, row_.version};
  if (run != nullptr && run->index) {
    scope.index = *run->index;
    scope.item = &find(run->parent)->input.as_array()[*run->index];
  }
  scope.node = [this](std::string_view id) -> std::optional<Scope::NodeView> {
    const auto* const found = find(id);
    if (found == nullptr) return std::nullopt;
    return Scope::NodeView{&found->output, name_of(found->status), found->error};
  };
  return scope;
}

json::object Execution::scope_json(const NodeRun& run) const {
  json::object nodes;
  for (std::size_t i = 0; i < definition_->nodes.size(); ++i) {
    const auto& each = runs_[i];
    if (!each.terminal()) continue;
    nodes[each.path] =
        json::object{{"status", name_of(each.status)},
                     {"output", each.output},
                     {"error", each.error.empty() ? json::value() : json::value(each.error)}};
  }
  json::object out{{"input", row_.input},
                   {"nodes", std::move(nodes)},
                   {"trigger", row_.trigger},
                   {"execution", json::object{{"id", row_.id},
                                              {"startTime", proto::format_rfc3339(row_.started)},
                                              {"attempt", run.attempt}}},
                   {"workflow", json::object{{"id", row_.workflow},
                                             {"name", row_.workflow_name},
                                             {"version", row_.version}}}};
  if (run.index) {
    out["item"] = find(run.parent)->input.as_array()[*run.index];
    out["index"] = *run.index;
  }
  return out;
}

}  // namespace weir::apps::workflow
