#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "api/router.hpp"
#include "apps/notifications/inbox.hpp"
#include "apps/notifications/notifications.hpp"
#include "apps/view/view.hpp"

namespace weir::apps::notifications {

/// A user's own inbox, at `/api/notifications`: the list, the counts, the stream and its polling
/// fallback, and what can be done to notifications. Nobody reaches another user's but admins (see
/// acting_user). One per shard; its thread only.
class InboxApi {
 public:
  InboxApi(hub::Hub& hub, std::size_t shard, api::Subscriptions& subscriptions,
           Notifications& notifications)
      : shard_(shard), hub_(hub), view_(hub, shard, subscriptions), notifications_(notifications) {}

  void add_routes(api::Router& router);

 private:
  void list(const api::CallPtr& call);
  void counts(const api::CallPtr& call);
  void stream(const api::CallPtr& call);
  void changes(const api::CallPtr& call);
  void mark_all(const api::CallPtr& call, bool read);
  void get_one(const api::CallPtr& call);
  void post_one(const api::CallPtr& call);
  void remove_one(const api::CallPtr& call);
  void deliveries(const api::CallPtr& call, const std::string& user, std::int64_t id);

  /// Runs commands on the user's inbox and answers with its counters, after `members` of JSON.
  void command(const api::CallPtr& call, const std::string& user,
               std::function<base::Result<std::string>(Inbox&)> commands);

  std::size_t shard_;
  hub::Hub& hub_;
  View view_;
  Notifications& notifications_;
};

}  // namespace weir::apps::notifications
