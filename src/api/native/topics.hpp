#pragma once

#include <string>
#include <vector>

#include "api/native/subscribe.hpp"
#include "api/router.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"

namespace weir::api {

/// What exists: `GET /v1/topics`, and under `/v1/topics/{topic…}` the stream, `…/info`, and DELETE
/// to delete or trim. One per shard; its thread only.
class TopicsApi {
 public:
  TopicsApi(hub::Hub& hub, std::size_t shard, SubscribeApi& subscribe)
      : hub_(hub), shard_(shard), subscribe_(subscribe) {}

  void add_routes(Router& router);

 private:
  void get_topic(CallPtr call);
  void list(CallPtr call);
  void info(CallPtr call, std::string topic);
  void remove(CallPtr call);
  void trim(CallPtr call, std::string topic, std::uint64_t events,
            std::optional<base::Sequence> up_to);
  void answer_list(CallPtr call, std::vector<log::TopicInfo> topics, std::size_t limit);

  hub::Hub& hub_;
  std::size_t shard_;
  SubscribeApi& subscribe_;
};

}  // namespace weir::api
