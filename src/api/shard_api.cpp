#include "api/shard_api.hpp"

namespace weir::api {

ShardApi::ShardApi(hub::Hub& hub, std::size_t shard, std::uint64_t seed, ServerStatus& status)
    : opener_(hub, shard, seed, status.connections),
      polls_(hub, shard, seed + 1),
      subscriptions_(opener_, polls_),
      router_([&hub] { return hub.settings(); }),
      publish_(hub, shard),
      subscribe_(subscriptions_),
      topics_(hub, shard, subscribe_),
      small_hub_(hub, shard, subscriptions_),
      operations_(hub, status) {
  status.polls.push_back(&polls_.metrics());
  publish_.add_routes(router_);
  subscribe_.add_routes(router_);
  topics_.add_routes(router_);
  small_hub_.add_routes(router_);
  operations_.add_routes(router_);
  add_pages(router_);
}

}  // namespace weir::api
