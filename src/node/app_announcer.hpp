#pragma once

#include <memory>

#include "apps/notifications/notifications.hpp"
#include "apps/workflow/engine/announcer.hpp"
#include "hub/hub.hpp"

namespace weir::node {

/// Carries out the `notify` nodes of workflows in the inbox of notifications: here, because neither
/// application knows of the other. Any thread; nothing blocks.
class AppAnnouncer final : public apps::workflow::Announcer {
 public:
  /// Both outlive it. The notifications have been started, or never will be.
  AppAnnouncer(hub::Hub& hub, apps::notifications::Notifications& notifications)
      : hub_(hub), notifications_(notifications), published_(hub) {}

  void announce(apps::workflow::EffectRequest request,
                std::shared_ptr<apps::workflow::EffectSink> sink) override;

 private:
  void notify(const apps::workflow::EffectRequest& request,
              const std::shared_ptr<apps::workflow::EffectSink>& sink);

  hub::Hub& hub_;
  apps::notifications::Notifications& notifications_;
  apps::workflow::HubAnnouncer published_;
};

}  // namespace weir::node
