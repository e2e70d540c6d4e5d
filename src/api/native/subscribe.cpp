#include "api/native/subscribe.hpp"

#include <utility>

namespace weir::api {

void SubscribeApi::add_routes(Router& router) {
  router.add("GET", "/v1/subscribe",
             {.handle = [this](CallPtr call) { subscribe(std::move(call)); },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {}});
  router.add("GET", "/v1/ws",
             {.handle = [this](const CallPtr& call) { subscriptions_.open_empty(*call); },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {}});
}

void SubscribeApi::subscribe(CallPtr call) {
  auto selectors =
      proto::make_selectors(call->target().get_all("topic"), call->target().get_all("match"),
                            call->settings().subscription_topics_max);
  if (!selectors) return call->fail(selectors.error());
  subscriptions_.open(std::move(call), std::move(*selectors));
}

void SubscribeApi::subscribe_topic(CallPtr call, std::string topic) {
  auto selectors = proto::make_selectors({std::move(topic)}, {}, 1);
  if (!selectors) return call->fail(selectors.error());
  subscriptions_.open(std::move(call), std::move(*selectors));
}

}  // namespace weir::api
