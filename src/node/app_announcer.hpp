#pragma once

#include <memory>
#include <string>

#include "apps/notifications/notifications.hpp"
#include "apps/task_feed/task_feed.hpp"
#include "apps/workflow/engine/announcer.hpp"
#include "hub/hub.hpp"
#include "node/task_nodes.hpp"

namespace weir::node {

/// Carries out the `notify` nodes of workflows in the inbox of notifications, and the `task` nodes
/// in the task feed: here, because no application knows of the other. Any thread; nothing blocks.
class AppAnnouncer final : public apps::workflow::Announcer {
 public:
  /// All outlive it. The applications have been started, or never will be.
  AppAnnouncer(hub::Hub& hub, apps::notifications::Notifications& notifications,
               apps::task_feed::TaskFeed& task_feed)
      : hub_(hub), notifications_(notifications), task_nodes_(hub, task_feed) {}

  /// Sees to what a crash has left half done; before the workflows start.
  void resume() { task_nodes_.resume(); }

  void announce(apps::workflow::EffectRequest request,
                std::shared_ptr<apps::workflow::EffectSink> sink) override;
  void ended(const std::string& execution) override { task_nodes_.ended(execution); }

 private:
  void notify(const apps::workflow::EffectRequest& request,
              const std::shared_ptr<apps::workflow::EffectSink>& sink);

  hub::Hub& hub_;
  apps::notifications::Notifications& notifications_;
  TaskNodes task_nodes_;
};

}  // namespace weir::node
