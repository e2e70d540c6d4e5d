#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "apps/workflow/effects/effect.hpp"
#include "apps/workflow/engine/limits.hpp"
#include "apps/workflow/engine/node_run.hpp"
#include "apps/workflow/engine/status.hpp"
#include "apps/workflow/engine/transition.hpp"
#include "apps/workflow/model/definition.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

/// Why an execution ends before its nodes have.
enum class Stopping : std::uint8_t { kNo, kFailed, kCancelled };

/// What is kept of an execution beside its nodes.
struct ExecutionRow {
  std::uint64_t number = 0;  ///< Its place in the list, from 1; 0: not stored yet.
  std::string id;            ///< "wf_exec_…"
  std::string workflow;
  std::string workflow_name;
  std::uint64_t version = 0;  ///< Of the definition.
  ExecutionStatus status = ExecutionStatus::kQueued;
  std::uint64_t rev = 0;  ///< The events that it has had.
  base::UnixMillis created = 0;
  base::UnixMillis started = 0;
  base::UnixMillis ended = 0;
  base::UnixMillis deadline = 0;  ///< 0: none.
  boost::json::value input;
  boost::json::value output;
  std::string error;
  boost::json::value trigger;  ///< What started it.
  std::string parent;          ///< The execution whose node started it.
  std::string parent_node;
  std::string rerun_of;  ///< The execution that it repeats.
  std::string rerun_from;
  std::uint32_t depth = 0;  ///< How many executions stand above it.
  Stopping stopping = Stopping::kNo;
  std::string trace;
};

// What may happen to an execution.
namespace command {
struct Begin {};  ///< It may run. (Nothing if it does already.)
struct Cancel {
  std::string by;
};
/// An effect ended, of whichever attempt.
struct EffectEnded {
  std::string node;
  std::uint32_t attempt = 1;
  EffectOutcome outcome;
};
struct ChildEnded {
  std::string node;
  std::string child;
  ExecutionStatus status = ExecutionStatus::kCompleted;
  boost::json::value output;
  std::string error;
};
struct Decide {
  std::string node;
  bool approve = false;
  std::string comment;
  std::string by;
};
struct Look {};     ///< Time has passed, or slots have become free.
struct Recover {};  ///< The server is a new one: what ran does not run any more.
}  // namespace command

using Command = std::variant<command::Begin, command::Cancel, command::EffectEnded,
                             command::ChildEnded, command::Decide, command::Look, command::Recover>;

/// What an execution sees of the world. All that is not in here cannot change what it does.
struct World {
  base::UnixMillis now = 0;
  base::Random* random = nullptr;
  const Limits* limits = nullptr;
  /// Whether the run may begin an attempt now; takes its slots if so.
  std::function<bool(const NodeRun&)> may_start;
  std::function<std::string()> new_id;
  /// Whether that workflow can be started with that input.
  std::function<base::Result<>(const std::string& workflow, const boost::json::value& input)>
      check_child;
};

/// One execution as a value: its state, and what every command makes of it. Knows neither clock nor
/// store nor threads: `apply` is a function of the state, the command and the world, and the caller
/// commits the transition that it returns before it starts what that says.
class Execution {
 public:
  /// Queued; nothing has happened yet. `row` has the identity, the input and where it comes from.
  Execution(ExecutionRow row, std::shared_ptr<const Definition> definition);
  /// The first events: `workflow.queued` unless it may run at once.
  Transition create(const World& world, bool begin);

  /// Takes over a run as it was stored; after the constructor, containers before their children.
  void restore(NodeRun run);
  /// Repeats an execution from a node on: what does not depend on that node keeps its result.
  /// Before `create`.
  void keep_results(const Execution& of, std::uint32_t from_node);

  Transition apply(Command command, const World& world);

  const ExecutionRow& row() const { return row_; }
  const Definition& definition() const { return *definition_; }
  const std::shared_ptr<const Definition>& shared_definition() const { return definition_; }
  const std::deque<NodeRun>& runs() const { return runs_; }
  const NodeRun* find(std::string_view path) const;
  bool terminal() const { return is_terminal(row_.status); }
  /// The earliest time at which `Look` changes something; 0: never.
  base::UnixMillis due() const;

  /// The store has given it its place.
  void set_number(std::uint64_t number) { row_.number = number; }

  /// What expressions see where the run stands (null: of the execution's output). The views live as
  /// long as nothing is applied.
  Scope scope(const NodeRun* run) const;
  /// The same as one JSON object, for scripts.
  boost::json::object scope_json(const NodeRun& run) const;

 private:
  class Step;
  friend class Step;

  std::size_t add_run(NodeRun run);
  std::size_t index_of(const NodeRun& run) const;
  void add_children(std::size_t container);

  ExecutionRow row_;
  std::shared_ptr<const Definition> definition_;
  std::deque<NodeRun> runs_;  ///< The definition's nodes, in its order, then children.
  std::unordered_map<std::string, std::size_t> by_path_;
};

/// At most `bytes_max` bytes of a text, cut between characters.
std::string shortened(std::string_view text, std::size_t bytes_max);

}  // namespace weir::apps::workflow
