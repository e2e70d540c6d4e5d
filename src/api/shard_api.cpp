#include "api/shard_api.hpp"

namespace weir::api {

ShardApi::ShardApi(hub::Hub& hub, std::size_t shard, std::uint64_t seed, ServerStatus& status,
                   Gate& gate)
    : streams_(status.connections),
      client_ids_(seed + 2),
      opener_(hub, shard, seed, client_ids_, streams_.table()),
      polls_(hub, shard, seed + 1),
      web_sockets_(hub, shard, client_ids_, streams_.table()),
      subscriptions_(client_ids_, opener_, polls_, web_sockets_),
      router_([&hub] { return hub.settings(); }, gate),
      publish_(hub, shard),
      subscribe_(subscriptions_),
      presence_(hub, shard),
      topics_(hub, shard, subscribe_),
      small_hub_(hub, shard, subscriptions_),
      connections_(hub, shard),
      revocations_(hub, shard),
      operations_(hub, status, gate),
      doctor_(status, seed) {
  streams_.report_to(opener_, web_sockets_);
  status.polls.push_back(&polls_.metrics());
  status.web_sockets.push_back(&web_sockets_.metrics());
  publish_.add_routes(router_);
  subscribe_.add_routes(router_);
  presence_.add_routes(router_);
  topics_.add_routes(router_);
  small_hub_.add_routes(router_);
  connections_.add_routes(router_);
  revocations_.add_routes(router_);
  trial_.add_routes(router_);
  operations_.add_routes(router_);
  doctor_.add_routes(router_);
  add_pages(router_);
}

}  // namespace weir::api
