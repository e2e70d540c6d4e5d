#pragma once

#include <cstddef>
#include <cstdint>

#include "api/native/publish.hpp"
#include "api/native/subscribe.hpp"
#include "api/native/topics.hpp"
#include "api/operations/operations.hpp"
#include "api/pages/pages.hpp"
#include "api/poll/poll_opener.hpp"
#include "api/router.hpp"
#include "api/small_hub/small_hub.hpp"
#include "api/sse/stream_opener.hpp"
#include "api/subscriptions.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// Everything that one shard answers: joins its part of the hub to its part of the network. The
/// shard's thread only.
class ShardApi {
 public:
  ShardApi(hub::Hub& hub, std::size_t shard, std::uint64_t seed, ServerStatus& status);

  net::Handler& handler() { return router_; }
  net::StreamTable& streams() { return opener_.streams(); }

 private:
  StreamOpener opener_;
  PollOpener polls_;
  Subscriptions subscriptions_;
  Router router_;
  PublishApi publish_;
  SubscribeApi subscribe_;
  TopicsApi topics_;
  SmallHub small_hub_;
  Operations operations_;
};

}  // namespace weir::api
