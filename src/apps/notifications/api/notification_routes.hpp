#pragma once

#include <cstddef>

#include "api/router.hpp"
#include "api/subscriptions.hpp"
#include "apps/notifications/api/inbox_api.hpp"
#include "apps/notifications/api/producer_api.hpp"
#include "apps/notifications/api/profile_api.hpp"
#include "apps/notifications/api/scheduled_api.hpp"
#include "apps/notifications/notifications.hpp"
#include "hub/hub.hpp"

namespace weir::apps::notifications {

/// Everything that a shard answers about notifications. Its thread only.
class NotificationRoutes {
 public:
  NotificationRoutes(hub::Hub& hub, std::size_t shard, api::Subscriptions& subscriptions,
                     Notifications& notifications)
      : profile_(hub, shard, subscriptions, notifications),
        inbox_(hub, shard, subscriptions, notifications),
        producer_(hub, shard, notifications),
        scheduled_(hub, shard, subscriptions, notifications) {}

  void add_routes(api::Router& router) {
    // Before `/api/notifications/{id}`, which their addresses look like: the first one that fits is
    // taken.
    profile_.add_routes(router);
    scheduled_.add_routes(router);
    inbox_.add_routes(router);
    producer_.add_routes(router);
  }

 private:
  ProfileApi profile_;
  InboxApi inbox_;
  ProducerApi producer_;
  ScheduledApi scheduled_;
};

}  // namespace weir::apps::notifications
