#pragma once

#include <cstddef>

#include "api/router.hpp"
#include "api/subscriptions.hpp"
#include "apps/task_feed/api/feed_api.hpp"
#include "apps/task_feed/api/worker_api.hpp"
#include "apps/task_feed/task_feed.hpp"
#include "hub/hub.hpp"

namespace weir::apps::task_feed {

/// Everything that a shard answers about tasks. Its thread only.
class TaskFeedRoutes {
 public:
  TaskFeedRoutes(hub::Hub& hub, std::size_t shard, api::Subscriptions& subscriptions,
                 TaskFeed& feed)
      : feed_(hub, shard, subscriptions, feed), worker_(hub, shard, feed) {}

  void add_routes(api::Router& router) {
    // The feed's own addresses before those of tasks, whose prefix holds them.
    for (const auto part : {Part::kFeed, Part::kTask}) {
      feed_.add_routes(router, part);
      worker_.add_routes(router, part);
    }
  }

 private:
  FeedApi feed_;
  WorkerApi worker_;
};

}  // namespace weir::apps::task_feed
