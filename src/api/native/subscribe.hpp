#pragma once

#include "api/router.hpp"
#include "api/subscriptions.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// `GET /v1/subscribe`: several topics and patterns at once, and `GET /v1/ws`, a WebSocket that
/// asks later. One per shard; its thread only.
class SubscribeApi {
 public:
  explicit SubscribeApi(Subscriptions& subscriptions) : subscriptions_(subscriptions) {}

  void add_routes(Router& router);
  /// `GET /v1/topics/{topic…}`, whose path TopicsApi has read.
  void subscribe_topic(CallPtr call, std::string topic);

 private:
  void subscribe(CallPtr call);

  Subscriptions& subscriptions_;
};

}  // namespace weir::api
