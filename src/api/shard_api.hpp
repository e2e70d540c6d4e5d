#pragma once

#include <cstddef>
#include <cstdint>

#include "api/access/connections.hpp"
#include "api/access/revocations.hpp"
#include "api/native/publish.hpp"
#include "api/native/subscribe.hpp"
#include "api/native/topics.hpp"
#include "api/operations/operations.hpp"
#include "api/pages/pages.hpp"
#include "api/router.hpp"
#include "api/small_hub/small_hub.hpp"
#include "api/sse/stream_opener.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// Everything that one shard answers: joins its part of the hub to its part of the network. The
/// shard's thread only.
class ShardApi {
 public:
  /// `gate` and `status` outlive it.
  ShardApi(hub::Hub& hub, std::size_t shard, std::uint64_t seed, ServerStatus& status, Gate& gate);

  net::Handler& handler() { return router_; }
  net::StreamTable& streams() { return opener_.streams(); }

 private:
  StreamOpener opener_;
  Router router_;
  PublishApi publish_;
  SubscribeApi subscribe_;
  TopicsApi topics_;
  SmallHub small_hub_;
  ConnectionsApi connections_;
  RevocationsApi revocations_;
  Operations operations_;
};

}  // namespace weir::api
