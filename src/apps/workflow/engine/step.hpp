#pragma once

#include <string>
#include <string_view>

#include "apps/workflow/engine/execution.hpp"

namespace weir::apps::workflow {

/// One `Execution::apply`: what it works on, and what comes of it. Lives for the call.
class Execution::Step {
 public:
  Step(Execution& execution, const World& world) : it_(execution), world_(world) {}

  void handle(const command::Begin& command);
  void handle(const command::Cancel& command);
  void handle(command::EffectEnded& command);
  void handle(command::ChildEnded& command);
  void handle(command::Decide& command);
  void handle(const command::Look& command);
  void handle(const command::Recover& command);

  void create(bool begin);
  /// Does all that follows from what has changed.
  void settle();
  Transition take() { return std::move(out_); }

 private:
  using Fields = boost::json::object;

  ExecutionRow& row() { return it_.row_; }
  base::UnixMillis now() const { return world_.now; }

  // Telling (step.cpp).
  void tell(std::string type, Fields fields = {});
  void tell(const NodeRun& run, std::string type, Fields fields = {});
  void changed(const NodeRun& run) { out_.runs.insert(it_.index_of(run)); }
  Fields end_fields(const NodeRun& run) const;

  // The whole (step.cpp).
  void begin();
  void stop(Stopping why, std::string error);
  void finish();
  void note_status();

  // The graph (step_graph.cpp).
  bool advance();
  bool decide(std::size_t index);
  bool is_taken(const Edge& edge, std::string& error) const;
  bool is_failure_handled(const NodeRun& run) const;
  boost::json::array next_nodes(const NodeRun& run) const;
  static Fields way_fields(const NodeRun& run);

  // A node (step_nodes.cpp).
  void try_start(NodeRun& run);
  void begin_attempt(NodeRun& run);
  void begin_kind(NodeRun& run);
  void begin_delay(NodeRun& run);
  void begin_branch(NodeRun& run);
  void begin_workflow(NodeRun& run);
  void begin_approval(NodeRun& run);
  void wait_for(NodeRun& run, Awaits what, base::UnixMillis until, Fields fields = {});
  void ask(NodeRun& run, ApprovalChange what, std::string_view reason);
  void close_approval(NodeRun& run, Fields fields);
  void complete(NodeRun& run, boost::json::value output);
  void attempt_failed(NodeRun& run, const EffectOutcome& outcome);
  void fail(NodeRun& run, std::string error);
  void skip(NodeRun& run, std::string_view reason);
  void cancel(NodeRun& run);
  void end_attempt(NodeRun& run, std::string_view result, std::string_view error = {});
  /// Makes the run's end its state; the rest of the row is set.
  void end(NodeRun& run, NodeStatus status);
  void decided(NodeRun& run, bool approve, std::string comment, std::string by);
  void on_time(NodeRun& run);
  void interrupted(NodeRun& run);

  // Containers (step_children.cpp).
  void begin_container(NodeRun& run);
  bool advance_children(NodeRun& container);
  void end_children(NodeRun& container);
  void finish_container(NodeRun& container);

  Execution& it_;
  const World& world_;
  Transition out_;
};

}  // namespace weir::apps::workflow
