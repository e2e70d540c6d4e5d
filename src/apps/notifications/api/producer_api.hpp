#pragma once

#include <cstddef>
#include <string>

#include "api/router.hpp"
#include "apps/notifications/draft.hpp"
#include "apps/notifications/notifications.hpp"

namespace weir::apps::notifications {

/// Who brings notifications about: `POST /api/notifications`, and the thin routes of a marketplace
/// of tasks that turn what happened into one (`POST /api/messages/send`, `/api/hire`,
/// `/api/tasks/{id}/messages|responses|review|complete`). For admins, and for who may publish to
/// `notifications/USER`. One per shard; its thread only.
class ProducerApi {
 public:
  ProducerApi(hub::Hub& hub, std::size_t shard, Notifications& notifications)
      : hub_(hub), shard_(shard), notifications_(notifications) {}

  void add_routes(api::Router& router);

 private:
  void notify(const api::CallPtr& call);
  void happened(const api::CallPtr& call, std::string_view type, std::string task);
  void task(const api::CallPtr& call);
  void tell(const api::CallPtr& call, NotifyRequest request, std::string body);

  hub::Hub& hub_;
  std::size_t shard_;
  Notifications& notifications_;
};

}  // namespace weir::apps::notifications
