#include "api/shard_api.hpp"

namespace weir::api {

ShardApi::ShardApi(hub::Hub& hub, std::size_t shard, std::uint64_t seed, ServerStatus& status,
                   Gate& gate)
    : opener_(hub, shard, seed, status.connections),
      router_([&hub] { return hub.settings(); }, gate),
      publish_(hub, shard),
      subscribe_(opener_),
      topics_(hub, shard, subscribe_),
      small_hub_(hub, shard, opener_),
      connections_(hub, shard),
      revocations_(hub, shard),
      operations_(hub, status, gate) {
  publish_.add_routes(router_);
  subscribe_.add_routes(router_);
  topics_.add_routes(router_);
  small_hub_.add_routes(router_);
  connections_.add_routes(router_);
  revocations_.add_routes(router_);
  operations_.add_routes(router_);
  add_pages(router_);
}

}  // namespace weir::api
