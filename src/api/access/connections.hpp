#pragma once

#include <cstddef>

#include "api/router.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// `POST /v1/connections/{client_id}/token`: a new token for a stream that goes on. One per shard;
/// its thread only.
class ConnectionsApi {
 public:
  ConnectionsApi(hub::Hub& hub, std::size_t shard) : hub_(hub), shard_(shard) {}

  void add_routes(Router& router);

 private:
  void renew(const CallPtr& call);

  hub::Hub& hub_;
  std::size_t shard_;
};

}  // namespace weir::api
