#pragma once

#include <memory>

#include "apps/task_feed/task_feed.hpp"
#include "apps/workflow/effects/effect.hpp"
#include "hub/hub.hpp"

namespace weir::node {

/// Carries out the `task` nodes of workflows in the task feed. A node's attempts make one card;
/// what they say of it may be said again. Its cards have no heartbeat: the engine knows when a node
/// fails. Any thread; nothing blocks.
class TaskNodes {
 public:
  /// Both outlive it. The feed has been started, or never will be.
  TaskNodes(hub::Hub& hub, apps::task_feed::TaskFeed& feed) : hub_(hub), feed_(feed) {}

  /// The sink's `done` is called once.
  void announce(const apps::workflow::EffectRequest& request,
                const std::shared_ptr<apps::workflow::EffectSink>& sink);

 private:
  hub::Hub& hub_;
  apps::task_feed::TaskFeed& feed_;
};

}  // namespace weir::node
