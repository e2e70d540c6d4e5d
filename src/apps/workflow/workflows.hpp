#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/workflow/engine/engine.hpp"
#include "apps/workflow/engine/metrics.hpp"
#include "apps/workflow/engine/secrets.hpp"
#include "apps/workflow/engine/triggers.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "hub/hub.hpp"

namespace weir::apps::workflow {

/// The workflows of a server: an engine on a thread of its own, the effects of its nodes, and what
/// begins executions by itself.
///
/// Any thread may call `run`, `metrics` and `busy`; the rest is the main thread's.
class Workflows {
 public:
  /// What the engine's thread works on.
  struct Parts {
    Engine& engine;
    Triggers& triggers;
    Secrets& secrets;
  };

  Workflows();
  /// After the log, which may report to it until then.
  ~Workflows();
  Workflows(const Workflows&) = delete;
  Workflows& operator=(const Workflows&) = delete;

  /// Takes up what there is. `hub` must be attached to its log; it outlives the workflows' run,
  /// which is until `stop`, and so does `announcer`, which must be ready. Nothing where the
  /// settings say so. kBadConfiguration.
  base::Result<> start(hub::Hub& hub, const base::Settings& settings, Announcer& announcer);
  void reconfigure(const base::Settings& settings);
  /// Begins nothing any more; effects under way may end.
  void drain();
  /// Attempts of effects under way.
  std::size_t busy() const { return metrics_.effects.get(); }
  /// Breaks off what is under way, as a crash would, and ends the threads.
  void stop();

  /// Calls `task` on the engine's thread, soon; not any more once the workflows have stopped.
  void run(std::function<void(Parts)> task);
  bool enabled() const { return run_ != nullptr; }
  const WorkflowMetrics& metrics() const { return metrics_; }
  void add_figures(std::vector<base::Figure>& out) const;

 private:
  class Run;

  WorkflowMetrics metrics_;
  std::unique_ptr<Run> run_;
  bool stopped_ = false;
};

}  // namespace weir::apps::workflow
