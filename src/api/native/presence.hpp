#pragma once

#include <string>
#include <string_view>

#include "api/router.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// `GET /v1/presence?topic=…`: who is subscribed to a topic by name, over all shards. One per
/// shard; its thread only.
class PresenceApi {
 public:
  PresenceApi(hub::Hub& hub, std::size_t shard) : hub_(hub), shard_(shard) {}

  void add_routes(Router& router);

 private:
  void list(const CallPtr& call);
  /// Whether this caller may know who is there.
  base::Result<> check_access(const Call& call, std::string_view topic) const;

  hub::Hub& hub_;
  std::size_t shard_;
};

}  // namespace weir::api
