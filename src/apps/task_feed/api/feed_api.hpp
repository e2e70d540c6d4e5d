#pragma once

#include <cstddef>
#include <string>

#include "api/router.hpp"
#include "apps/task_feed/api/feed_fields.hpp"
#include "apps/task_feed/api/part.hpp"
#include "apps/task_feed/task_feed.hpp"
#include "apps/view/view.hpp"

namespace weir::apps::task_feed {

/// An owner's own feed, at `/api/task-feed`: the snapshot, the stream and its polling fallback, the
/// history, and each task in full. Nobody sees another owner's feed but admins (see acting_user),
/// nor another owner's task but who may work on it. One per shard; its thread only.
class FeedApi {
 public:
  FeedApi(hub::Hub& hub, std::size_t shard, api::Subscriptions& subscriptions, TaskFeed& feed)
      : hub_(hub), shard_(shard), view_(hub, shard, subscriptions), feed_(feed) {}

  void add_routes(api::Router& router, Part part);

 private:
  void snapshot(const api::CallPtr& call);
  void stream(const api::CallPtr& call);
  void changes(const api::CallPtr& call);
  void history(const api::CallPtr& call);
  void get_one(const api::CallPtr& call);
  void answer_one(const api::CallPtr& call, const std::string& id, const std::string& owner,
                  bool whole, const FeedFields::Mask& mask);

  /// Whose feed the request is about, and the way to it.
  base::Result<ViewSource> read_request(const api::Call& call);

  hub::Hub& hub_;
  std::size_t shard_;
  View view_;
  TaskFeed& feed_;
};

}  // namespace weir::apps::task_feed
