#pragma once

#include <cstddef>
#include <string>

#include "api/router.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// `GET /v1/connections`, `GET` and `DELETE /v1/connections/{client_id}`: who is connected, how far
/// each is, and the end of one. One per shard; its thread only.
class ConnectionsList {
 public:
  ConnectionsList(hub::Hub& hub, std::size_t shard) : hub_(hub), shard_(shard) {}

  void add_routes(Router& router);

 private:
  void list(const CallPtr& call);
  void show(const CallPtr& call);
  void disconnect(const CallPtr& call);

  hub::Hub& hub_;
  std::size_t shard_;
};

}  // namespace weir::api
