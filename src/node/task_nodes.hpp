#pragma once

#include <memory>
#include <string>
#include <unordered_set>

#include "apps/task_feed/task_feed.hpp"
#include "apps/workflow/effects/effect.hpp"
#include "base/guarded.hpp"
#include "hub/hub.hpp"

namespace weir::node {

/// Carries out the `task` nodes of workflows in the task feed. A node's attempts make one card;
/// what they say of it may be said again. Its cards have no heartbeat: what an execution that fails
/// or is cancelled has left open ends with it. Any thread; nothing blocks.
class TaskNodes {
 public:
  /// Both outlive it. The feed has been started, or never will be.
  TaskNodes(hub::Hub& hub, apps::task_feed::TaskFeed& feed) : hub_(hub), feed_(feed) {}

  /// Ends the cards of executions that have ended without this server's hearing of it. Before the
  /// executions go on.
  void resume();
  /// The sink's `done` is called once.
  void announce(const apps::workflow::EffectRequest& request,
                const std::shared_ptr<apps::workflow::EffectSink>& sink);
  /// The execution has ended.
  void ended(const std::string& execution);

 private:
  hub::Hub& hub_;
  apps::task_feed::TaskFeed& feed_;
  /// Executions that have made a card: the end of all others needs no commit.
  base::Guarded<std::unordered_set<std::string>> driving_;
};

}  // namespace weir::node
