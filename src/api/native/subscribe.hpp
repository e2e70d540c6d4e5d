#pragma once

#include "api/router.hpp"
#include "api/sse/stream_opener.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// `GET /v1/subscribe`: several topics and patterns in one stream. One per shard; its thread only.
class SubscribeApi {
 public:
  explicit SubscribeApi(StreamOpener& opener) : opener_(opener) {}

  void add_routes(Router& router);
  /// `GET /v1/topics/{topic…}`, whose path TopicsApi has read.
  void subscribe_topic(Call& call, std::string topic);

 private:
  void subscribe(Call& call);

  StreamOpener& opener_;
};

}  // namespace weir::api
