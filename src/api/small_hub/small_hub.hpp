#pragma once

#include <string>

#include "api/router.hpp"
#include "api/subscriptions.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// The small hub for pages that want one live channel: `GET /events`, `POST /broadcast`, `POST
/// /send`, `GET /stats`. Its events are those of the topic `broadcast`, and of
/// `clients/<client_id>` for one client alone, in the same log as all others: so a page that
/// reconnects misses nothing here either. One per shard; its thread only.
class SmallHub {
 public:
  SmallHub(hub::Hub& hub, std::size_t shard, Subscriptions& subscriptions)
      : hub_(hub), shard_(shard), subscriptions_(subscriptions) {}

  void add_routes(Router& router);

 private:
  void events(CallPtr call);
  void broadcast(CallPtr call);
  void send(CallPtr call);
  void publish(CallPtr call, std::string topic, std::string type, std::string data);

  hub::Hub& hub_;
  std::size_t shard_;
  Subscriptions& subscriptions_;
};

}  // namespace weir::api
