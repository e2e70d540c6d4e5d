#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "api/access/connections.hpp"
#include "api/access/revocations.hpp"
#include "api/access/session.hpp"
#include "api/access/trial.hpp"
#include "api/client_ids.hpp"
#include "api/console/connections_list.hpp"
#include "api/console/explain_api.hpp"
#include "api/console/metrics_api.hpp"
#include "api/console/sampler.hpp"
#include "api/doctor/doctor_streams.hpp"
#include "api/native/presence.hpp"
#include "api/native/publish.hpp"
#include "api/native/subscribe.hpp"
#include "api/native/topics.hpp"
#include "api/operations/operations.hpp"
#include "api/pages/pages.hpp"
#include "api/poll/poll_opener.hpp"
#include "api/router.hpp"
#include "api/small_hub/small_hub.hpp"
#include "api/sse/stream_opener.hpp"
#include "api/streams.hpp"
#include "api/subscriptions.hpp"
#include "api/websocket/websocket_opener.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// Everything that one shard answers: joins its part of the hub to its part of the network. The
/// shard's thread only.
class ShardApi {
 public:
  /// `gate` and `status` outlive it.
  ShardApi(hub::Hub& hub, std::size_t shard, std::uint64_t seed, ServerStatus& status, Gate& gate);

  net::Handler& handler() { return router_; }
  /// For the applications' routes; before the first request.
  Router& router() { return router_; }
  Subscriptions& subscriptions() { return subscriptions_; }
  DoctorStreams& doctor() { return doctor_; }
  net::StreamTable& streams() { return streams_.table(); }
  /// Call once per hub::Shard::kTick.
  void tick() {
    web_sockets_.tick();
    if (sampler_) sampler_->tick();
  }

 private:
  Streams streams_;
  ClientIds client_ids_;
  StreamOpener opener_;
  PollOpener polls_;
  WebSocketOpener web_sockets_;
  Subscriptions subscriptions_;
  Router router_;
  PublishApi publish_;
  SubscribeApi subscribe_;
  PresenceApi presence_;
  TopicsApi topics_;
  SmallHub small_hub_;
  ConnectionsApi connections_;
  ConnectionsList connections_list_;
  ExplainApi explain_;
  MetricsApi metrics_;
  std::optional<Sampler> sampler_;  ///< The first shard's works for all.
  RevocationsApi revocations_;
  AccessTrial trial_;
  SessionApi session_;
  Operations operations_;
  DoctorStreams doctor_;
};

}  // namespace weir::api
