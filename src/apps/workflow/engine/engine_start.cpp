// The engine: how executions begin.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apps/workflow/engine/engine.hpp"
#include "apps/workflow/engine/engine_commit.hpp"
#include "apps/workflow/model/parse.hpp"
#include "apps/workflow/model/schema.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using base::ErrorCode;

std::string texts_of(const Problems& problems) {
  std::string out;
  for (const auto& each : problems) {
    if (!out.empty()) out += "; ";
    out += problem_text(each);
  }
  return out;
}

/// The input as the execution gets it: with the schema's defaults. kBadInput.
base::Result<json::value> checked_input(const Definition& definition, json::value input,
                                        const Limits& limits) {
  if (input.is_null()) input = json::object();
  input = with_defaults(definition.input_schema, std::move(input));
  if (json::serialize(input).size() > limits.value_bytes_max) {
    return base::make_error(ErrorCode::kBadInput, "it is larger than workflow_value_bytes_max");
  }
  if (const auto problems = validate_input(definition.input_schema, input); !problems.empty()) {
    return base::make_error(ErrorCode::kBadInput, texts_of(problems));
  }
  return input;
}

}  // namespace

void Engine::start(StartRequest request, const StartDone& done) {
  if (draining_) return done(base::make_error(ErrorCode::kDraining));
  const auto* const entry = definitions_.find(request.workflow);
  if (entry == nullptr) {
    return done(base::make_error(ErrorCode::kNotFound, "workflow " + request.workflow));
  }
  auto input = checked_input(*entry->definition, std::move(request.input), limits_);
  if (!input) return done(input.error());
  ExecutionRow row;
  row.id = new_id();
  row.workflow = entry->definition->id;
  row.workflow_name = entry->definition->name;
  row.version = entry->version;
  row.created = now();
  row.input = std::move(*input);
  row.trigger = std::move(request.trigger);
  row.trace = request.trace;
  launch(Execution(std::move(row), entry->definition), std::move(request), done);
}

void Engine::launch(Execution execution, StartRequest request, const StartDone& done) {
  const auto& definition = execution.definition();
  const bool begins = may_begin(execution);
  if (!begins) {
    const bool rejects = definition.overflow == Overflow::kReject && definition.executions_max != 0;
    if (rejects || metrics_.queued.get() >= limits_.queued_max) {
      metrics_.refused.add();
      return done(base::make_error(
          ErrorCode::kTooManyExecutions,
          rejects ? fmt::format("of \"{}\" {} may run at a time", definition.id,
                                definition.executions_max)
                  : fmt::format("{} wait already (workflow_queued_max)", limits_.queued_max)));
    }
  }
  auto transition = execution.create(world(execution.row().id), begins);
  Live& live = add(std::move(execution));
  auto commit = make_commit(live, std::move(transition), {});
  commit->started = done;
  commit->also = std::move(request.also);
  commit->changes.front().start_once(std::move(request.once));
  send(live, std::move(commit));
}

Engine::Live& Engine::add(Execution execution) {
  const auto id = execution.row().id;
  auto& live = *(live_[id] = std::make_unique<Live>(std::move(execution), limits_));
  after_step(live);
  if (live.execution.row().status == ExecutionStatus::kQueued) {
    queued_[live.execution.row().workflow].push_back(id);
    metrics_.queued.add();
  }
  return live;
}

bool Engine::may_begin(const Execution& execution) const {
  if (draining_) return false;
  const auto running = [this](const std::string& of) {
    const auto at = running_.find(of);
    return at == running_.end() ? std::size_t{0} : at->second.size();
  };
  const auto most = execution.definition().executions_max;
  if (most != 0 && running(execution.row().workflow) >= most) return false;
  // One that another one waits for is its part: else they could all wait for each other.
  return !execution.row().parent.empty() || running("") < limits_.running_max;
}

void Engine::note_running(const Execution& execution) {
  const auto& row = execution.row();
  const bool runs = row.status != ExecutionStatus::kQueued && !execution.terminal();
  const auto note = [&](const std::string& of) {
    if (runs) {
      running_[of].insert(row.id);
      return;
    }
    const auto at = running_.find(of);
    if (at == running_.end()) return;
    at->second.erase(row.id);
    if (at->second.empty()) running_.erase(at);
  };
  note(row.workflow);
  if (row.parent.empty()) note("");
}

/// The oldest that may begin first, as long as there are such.
void Engine::begin_queued() {
  for (;;) {
    Live* oldest = nullptr;
    std::deque<std::string>* from = nullptr;
    for (auto at = queued_.begin(); at != queued_.end();) {
      auto& queue = at->second;
      Live* front = nullptr;
      while (!queue.empty()) {
        front = find(queue.front());
        if (front != nullptr && front->execution.row().status == ExecutionStatus::kQueued) break;
        // It was cancelled, or never came to be.
        queue.pop_front();
        metrics_.queued.subtract();
        front = nullptr;
      }
      if (front != nullptr && may_begin(front->execution) &&
          (oldest == nullptr || front->execution.row().id < oldest->execution.row().id)) {
        oldest = front;
        from = &queue;
      }
      at = queue.empty() ? queued_.erase(at) : std::next(at);
    }
    if (oldest == nullptr) return;
    from->pop_front();
    metrics_.queued.subtract();
    const auto& row = oldest->execution.row();
    // From here on it takes its place.
    running_[row.workflow].insert(row.id);
    if (row.parent.empty()) running_[""].insert(row.id);
    tell(*oldest, command::Begin{});
  }
}

base::Result<> Engine::check_child(const std::string& workflow, const json::value& input) const {
  const auto* const entry = definitions_.find(workflow);
  if (entry == nullptr) return base::make_error(ErrorCode::kNotFound, "workflow " + workflow);
  const auto checked = checked_input(*entry->definition, input, limits_);
  if (!checked) return checked.error();
  return {};
}

/// The executions that a step starts, and those that they start themselves.
void Engine::add_children(Commit& commit, const Live& parent) {
  const auto make = [&](const ChildStart& start, const ExecutionRow& above) {
    const auto& entry = *definitions_.find(start.workflow);
    ExecutionRow row;
    row.id = start.id;
    row.workflow = entry.definition->id;
    row.workflow_name = entry.definition->name;
    row.version = entry.version;
    row.created = now();
    row.input = with_defaults(entry.definition->input_schema, start.input);
    row.trigger =
        json::object{{"type", "workflow"}, {"executionId", above.id}, {"nodeId", start.node}};
    row.parent = start.node.empty() ? std::string() : above.id;
    row.parent_node = start.node;
    row.depth = above.depth + 1;
    row.trace = above.trace;
    Execution execution(std::move(row), entry.definition);
    auto transition = execution.create(world(execution.row().id), may_begin(execution));
    note_running(execution);
    commit.changes.emplace_back(execution, transition, std::nullopt);
    commit.children.emplace_back(std::move(execution), std::move(transition));
  };
  for (const auto& start : commit.transition.children) make(start, parent.execution.row());
  for (std::size_t i = 0; i < commit.children.size(); ++i) {
    // By value: making one may move the others.
    const auto starts = commit.children[i].second.children;
    const auto above = commit.children[i].first.row();
    for (const auto& start : starts) make(start, above);
  }
}

void Engine::rerun(std::string execution, std::string from_node, json::value trigger,
                   StartDone done) {
  struct Stored {
    std::optional<store::StoredExecution> execution;
    std::optional<store::StoredDefinition> definition;
  };
  auto found = std::make_shared<Stored>();
  context_.hub->log().read_state(
      [found, execution](log::State& state, base::Sequence) -> base::Result<> {
        auto stored = store::find_execution(state, execution);
        if (!stored) return stored.error();
        found->execution = std::move(*stored);
        if (!found->execution) return {};
        const auto& row = found->execution->row;
        auto definition = store::find_definition(state, row.workflow, row.version);
        if (!definition) return definition.error();
        found->definition = std::move(*definition);
        return {};
      },
      [this, found, execution, from_node = std::move(from_node), trigger = std::move(trigger),
       done = std::move(done), post = context_.post](const base::Result<>& outcome) {
        post([this, found, execution, from_node, trigger, done, outcome] {
          if (!outcome) return done(outcome.error());
          if (!found->execution || !found->definition) {
            return done(base::make_error(ErrorCode::kNotFound, execution));
          }
          // By its row, which whoever asks may have seen before the engine heard of the commit.
          if (!is_terminal(found->execution->row.status)) {
            return done(base::make_error(ErrorCode::kExecutionRuns, execution));
          }
          begin_rerun(std::move(*found->execution), *found->definition, from_node, trigger, done);
        });
      });
}

void Engine::begin_rerun(store::StoredExecution of, const store::StoredDefinition& stored,
                         const std::string& from_node, json::value trigger, const StartDone& done) {
  if (draining_) return done(base::make_error(ErrorCode::kDraining));
  const auto id = of.row.id;
  if (from_node.empty()) {
    StartRequest request;
    request.workflow = of.row.workflow;
    request.input = of.row.input;
    request.trigger = std::move(trigger);
    request.trace = of.row.trace;
    return start(std::move(request), done);
  }
  auto parsed = parse_definition(stored.json, Format::kJson);
  if (!parsed.definition) {
    return done(base::make_error(ErrorCode::kBadDefinition, texts_of(parsed.problems)));
  }
  const auto definition = std::make_shared<const Definition>(std::move(*parsed.definition));
  const auto node = definition->index_of(from_node);
  if (!node) return done(base::make_error(ErrorCode::kNotFound, "node " + from_node));
  ExecutionRow row;
  row.id = new_id();
  row.workflow = of.row.workflow;
  row.workflow_name = of.row.workflow_name;
  row.version = of.row.version;
  row.created = now();
  row.input = of.row.input;
  row.trigger = std::move(trigger);
  row.rerun_of = id;
  row.rerun_from = from_node;
  row.trace = of.row.trace;
  Execution execution(std::move(row), definition);
  execution.keep_results(store::rebuild(std::move(of), definition), *node);
  launch(std::move(execution), {}, done);
}

}  // namespace weir::apps::workflow
