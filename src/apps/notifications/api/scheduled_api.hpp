#pragma once

#include <cstddef>

#include "api/router.hpp"
#include "apps/notifications/notifications.hpp"
#include "apps/view/view.hpp"

namespace weir::apps::notifications {

/// What has not come yet, at `/api/notifications/scheduled/{id}`: for who may tell its user, and
/// not for the user. One per shard; its thread only.
class ScheduledApi {
 public:
  ScheduledApi(hub::Hub& hub, std::size_t shard, api::Subscriptions& subscriptions,
               Notifications& notifications)
      : shard_(shard), view_(hub, shard, subscriptions), notifications_(notifications) {}

  void add_routes(api::Router& router);

 private:
  void get(const api::CallPtr& call);
  void remove(const api::CallPtr& call);

  std::size_t shard_;
  View view_;
  Notifications& notifications_;
};

}  // namespace weir::apps::notifications
