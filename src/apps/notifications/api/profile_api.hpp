#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "api/router.hpp"
#include "apps/notifications/audience.hpp"
#include "apps/notifications/notifications.hpp"
#include "apps/view/view.hpp"

namespace weir::apps::notifications {

/// What decides how notifications reach whom: a user's own preferences, addresses and followed
/// topics, and, for admins, types and groups. One per shard; its thread only.
class ProfileApi {
 public:
  ProfileApi(hub::Hub& hub, std::size_t shard, api::Subscriptions& subscriptions,
             Notifications& notifications)
      : shard_(shard), view_(hub, shard, subscriptions), notifications_(notifications) {}

  /// Before those of the inbox, whose prefix holds these.
  void add_routes(api::Router& router);

 private:
  void get_preferences(const api::CallPtr& call);
  void put_preferences(const api::CallPtr& call);
  void get_addresses(const api::CallPtr& call);
  void put_addresses(const api::CallPtr& call);
  void add_push(const api::CallPtr& call);
  void remove_push(const api::CallPtr& call);
  void list_topics(const api::CallPtr& call);
  void follow(const api::CallPtr& call, bool on);
  void list_types(const api::CallPtr& call);
  void put_type(const api::CallPtr& call);
  void remove_type(const api::CallPtr& call);
  void get_group(const api::CallPtr& call);
  void put_group(const api::CallPtr& call);
  void remove_group(const api::CallPtr& call);

  /// Runs the work in a commit and answers with 204.
  void change(const api::CallPtr& call, std::function<base::Result<>(const Commit&)> work);

  std::size_t shard_;
  View view_;
  Notifications& notifications_;
};

}  // namespace weir::apps::notifications
