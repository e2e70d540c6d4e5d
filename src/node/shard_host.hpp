#pragma once

#include <memory>
#include <thread>

#include "api/shard_api.hpp"
#include "apps/notifications/api/notification_routes.hpp"
#include "apps/task_feed/api/task_feed_routes.hpp"
#include "apps/webhooks/webhook_api.hpp"
#include "apps/workflow/api/workflow_api.hpp"
#include "base/settings.hpp"
#include "hub/hub.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"

namespace weir::node {

/// One shard as it runs: the event loop, its thread, and on it the shard's part of the network, the
/// API and the hub. The hub's part exists first; its `wake` posts to this loop.
class ShardHost {
 public:
  ShardHost() = default;
  ~ShardHost();
  ShardHost(const ShardHost&) = delete;
  ShardHost& operator=(const ShardHost&) = delete;

  /// Makes the loop's thread run the shard's mailbox and turns. Any thread, once `start` was called
  /// or before.
  void wake();

  /// Builds everything on top of the hub's shard `index`; before `start`.
  void build(hub::Hub& hub, std::size_t index, std::uint64_t seed, api::ServerStatus& status,
             api::Gate& gate, apps::Webhooks& webhooks, apps::workflow::Workflows& workflows,
             apps::notifications::Notifications& notifications,
             apps::task_feed::TaskFeed& task_feed);
  /// For listeners with TLS; before them.
  void use_tls(std::shared_ptr<const net::TlsContext> context) {
    http_->use_tls(std::move(context));
  }
  /// Takes a listening socket; before `start`.
  void listen(int descriptor, const net::ListenerOptions& options) {
    http_->accept_on(descriptor, options);
  }
  /// Adds to what this shard answers; after `build`, before the first request.
  api::ShardApi& api() { return *api_; }
  /// Runs the loop on a thread of its own.
  void start();
  /// For who runs the loop otherwise: the thread that does is the shard's.
  net::Loop& loop() { return loop_; }

  // From the main thread, while the loop runs; without `start` from the shard's.
  void reconfigure(std::shared_ptr<const base::Settings> settings);
  /// For connections from now on.
  void renew_tls(std::shared_ptr<const net::TlsContext> context);
  /// Closes the listener and ends the streams, telling clients to come back within `window`; idle
  /// connections close after `grace`.
  void drain(std::chrono::milliseconds window, std::chrono::milliseconds grace);
  /// How many connections still wait for an answer, or streams for their last bytes to leave; asked
  /// on the shard's thread.
  std::size_t busy_connections();
  /// Breaks what is left and ends the thread. Once is enough.
  void stop();

  const net::HttpMetrics& http_metrics() const { return http_metrics_; }

 private:
  net::Loop loop_;
  net::HttpMetrics http_metrics_;
  hub::Shard* shard_ = nullptr;
  std::unique_ptr<api::ShardApi> api_;
  std::unique_ptr<apps::WebhookApi> webhook_api_;
  std::unique_ptr<apps::workflow::WorkflowApi> workflow_api_;
  std::unique_ptr<apps::notifications::NotificationRoutes> notification_routes_;
  std::unique_ptr<apps::task_feed::TaskFeedRoutes> task_feed_routes_;
  std::unique_ptr<net::HttpServer> http_;
  std::thread thread_;  ///< None: somebody else runs the loop.
};

}  // namespace weir::node
