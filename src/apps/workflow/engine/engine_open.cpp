// The engine: takes up what an earlier server has left.

#include <utility>

#include "apps/workflow/engine/engine.hpp"
#include "apps/workflow/engine/schema.hpp"
#include "apps/workflow/model/parse.hpp"
#include "base/logging.hpp"

namespace weir::apps::workflow {
namespace {

using namespace std::chrono_literals;
constexpr auto kLoadRetry = 1s;

using Version = std::pair<std::string, std::uint64_t>;

}  // namespace

/// What is in the store.
struct Engine::Found {
  bool prepared = false;
  std::vector<store::StoredDefinition> latest;
  std::vector<store::StoredExecution> live;
  std::map<Version, store::StoredDefinition> versions;  ///< Of the live ones.
  std::map<std::string, ExecutionRow> awaited;          ///< That somebody waits for, by id.
};

void Engine::open() { load(); }

void Engine::when_ready(base::Task task) {
  if (ready_) return task();
  until_ready_.push_back(std::move(task));
}

void Engine::load() {
  if (ready_ || loading_ || steady() < load_due_) return;
  loading_ = true;
  auto found = std::make_shared<Found>();
  context_.hub->log().read_state(
      [found, also = context_.read_also](log::State& state, base::Sequence) -> base::Result<> {
        *found = {};
        auto prepared = store::is_prepared(state);
        if (!prepared) return prepared.error();
        if (!(found->prepared = *prepared)) return {};
        auto latest = store::latest_definitions(state);
        if (!latest) return latest.error();
        found->latest = std::move(*latest);
        auto live = store::live_executions(state);
        if (!live) return live.error();
        found->live = std::move(*live);
        for (const auto& each : found->live) {
          const Version version{each.row.workflow, each.row.version};
          if (!found->versions.contains(version)) {
            auto stored = store::find_definition(state, version.first, version.second);
            if (!stored) return stored.error();
            if (*stored) found->versions.emplace(version, std::move(**stored));
          }
          for (const auto& run : each.runs) {
            if (run.awaits != Awaits::kExecution) continue;
            auto child = store::find_row(state, run.child);
            if (!child) return child.error();
            if (*child) found->awaited.emplace(run.child, std::move(**child));
          }
        }
        return also ? also(state) : base::Result<>();
      },
      [this, found, post = context_.post](base::Result<> outcome) {
        post([this, found, outcome = std::move(outcome)] { loaded(outcome, *found); });
      });
}

void Engine::loaded(const base::Result<>& outcome, Found& found) {
  loading_ = false;
  if (!outcome) {
    if (!std::exchange(load_failing_, true)) {
      base::log_warning("workflow.load_failed", "error=\"{}\"", outcome.error().message());
    }
    load_due_ = steady() + kLoadRetry;
    return;
  }
  prepared_ = found.prepared;
  if (context_.on_read) context_.on_read();
  take_up(found);
  ready_ = true;
  for (auto& task : std::exchange(until_ready_, {})) task();
}

void Engine::take_up(Found& found) {
  std::map<Version, std::shared_ptr<const Definition>> known;
  const auto definition_of = [&](const store::StoredDefinition& stored) {
    auto& definition = known[{stored.id, stored.version}];
    if (definition == nullptr) {
      auto parsed = parse_definition(stored.json, Format::kJson);
      if (parsed.definition) {
        definition = std::make_shared<const Definition>(std::move(*parsed.definition));
      } else {
        base::log_error("workflow.bad_definition", "workflow={} version={} problem=\"{}\"",
                        stored.id, stored.version, problem_text(parsed.problems.front()));
      }
    }
    return definition;
  };
  for (const auto& stored : found.latest) {
    if (const auto definition = definition_of(stored)) {
      definitions_.put({stored.version, stored.created, definition});
    }
  }
  metrics_.definitions.set(definitions_.all().size());
  const auto count = found.live.size();
  for (auto& stored : found.live) {
    const auto version = found.versions.find({stored.row.workflow, stored.row.version});
    auto definition = version == found.versions.end() ? nullptr : definition_of(version->second);
    auto log_bytes = std::move(stored.log_bytes);
    std::vector<std::string> paths;
    for (const auto& run : stored.runs) paths.push_back(run.path);
    const auto status = stored.row.status;
    if (definition == nullptr) {
      // An execution of nothing, which ends at once, and as what it is.
      definition = std::make_shared<const Definition>();
      stored.row.status = ExecutionStatus::kRunning;
      stored.row.stopping = Stopping::kFailed;
      stored.row.error = "its definition cannot be read";
    }
    Live& live = add(store::rebuild(std::move(stored), definition));
    live.stored = status;
    for (std::size_t i = 0; i < paths.size(); ++i) live.logs.resume(paths[i], log_bytes[i]);
  }
  for (const auto& [id, live] : live_) {
    tell(*live, command::Recover{});
    for (const auto& run : live->execution.runs()) {
      if (run.awaits != Awaits::kExecution || find(run.child) != nullptr) continue;
      const auto child = found.awaited.find(run.child);
      const auto row = child == found.awaited.end() ? ExecutionRow() : child->second;
      const auto ended = child == found.awaited.end() ? ExecutionStatus::kFailed : row.status;
      tell(*live, command::ChildEnded{run.path, run.child, ended, row.output, row.error});
    }
  }
  if (count > 0) base::log_info("workflow.recovered", "executions={}", count);
  if (on_definition_) {
    for (const auto& [id, entry] : definitions_.all()) on_definition_(entry);
  }
  begin_queued();
}

}  // namespace weir::apps::workflow
