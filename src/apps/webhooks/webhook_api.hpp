#pragma once

#include "api/router.hpp"
#include "apps/webhooks/webhooks.hpp"

namespace weir::apps {

/// `GET /v1/webhooks`, `POST /v1/webhooks/{name}/enable` and `/disable`, and the public keys at
/// `GET
/// /.well-known/weir-webhook-keys`. One per shard; its thread only.
class WebhookApi {
 public:
  WebhookApi(hub::Hub& hub, std::size_t shard, Webhooks& webhooks)
      : hub_(hub), shard_(shard), webhooks_(webhooks) {}

  void add_routes(api::Router& router);

 private:
  /// Whether the caller may look at hooks and switch them; answers if not.
  bool may_administer(api::Call& call) const;
  void list(const api::CallPtr& call);
  void keys(const api::CallPtr& call);
  void switch_hook(const api::CallPtr& call);
  /// Runs `task` on the shard's thread.
  void back(base::Task task) { hub_.shard(shard_).answer(std::move(task)); }

  hub::Hub& hub_;
  std::size_t shard_;
  Webhooks& webhooks_;
};

}  // namespace weir::apps
