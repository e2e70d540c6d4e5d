#include "api/native/subscribe.hpp"

namespace weir::api {

void SubscribeApi::add_routes(Router& router) {
  router.add("GET", "/v1/subscribe",
             {.handle = [this](const CallPtr& call) { subscribe(*call); },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {},
              .audience = Audience::kReader});
}

void SubscribeApi::subscribe(Call& call) {
  auto selectors =
      proto::make_selectors(call.target().get_all("topic"), call.target().get_all("match"),
                            call.settings().subscription_topics_max);
  if (!selectors) return call.fail(selectors.error());
  opener_.open(call, std::move(*selectors), opener_.new_client_id());
}

void SubscribeApi::subscribe_topic(Call& call, std::string topic) {
  auto selectors = proto::make_selectors({std::move(topic)}, {}, 1);
  if (!selectors) return call.fail(selectors.error());
  opener_.open(call, std::move(*selectors), opener_.new_client_id());
}

}  // namespace weir::api
