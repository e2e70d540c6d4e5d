#include "node/shard_host.hpp"

#include <future>

namespace weir::node {

ShardHost::~ShardHost() {
  stop();
  // The server's connections refer to the loop, and the streams' owner to the hub.
  http_.reset();
  api_.reset();
}

void ShardHost::wake() {
  loop_.post([this] { shard_->run(); });
}

void ShardHost::build(hub::Hub& hub, std::size_t index, std::uint64_t seed,
                      api::ServerStatus& status, api::Gate& gate, apps::Webhooks& webhooks,
                      apps::workflow::Workflows& workflows,
                      apps::notifications::Notifications& notifications,
                      apps::task_feed::TaskFeed& task_feed) {
  shard_ = &hub.shard(index);
  api_ = std::make_unique<api::ShardApi>(hub, index, seed, status, gate);
  webhook_api_ = std::make_unique<apps::WebhookApi>(hub, index, webhooks);
  webhook_api_->add_routes(api_->router());
  if (workflows.enabled()) {
    workflow_api_ =
        std::make_unique<apps::workflow::WorkflowApi>(hub, index, workflows, api_->subscriptions());
    workflow_api_->add_routes(api_->router());
  }
  if (notifications.running()) {
    notification_routes_ = std::make_unique<apps::notifications::NotificationRoutes>(
        hub, index, api_->subscriptions(), notifications);
    notification_routes_->add_routes(api_->router());
  }
  if (task_feed.enabled()) {
    task_feed_routes_ = std::make_unique<apps::task_feed::TaskFeedRoutes>(
        hub, index, api_->subscriptions(), task_feed);
    task_feed_routes_->add_routes(api_->router());
  }
  http_ = std::make_unique<net::HttpServer>(loop_, *hub.settings(), api_->handler(),
                                            api_->streams(), http_metrics_, &status.connections);
  loop_.watch(api_->streams().descriptor(), [this] { api_->streams().poll(); });
  loop_.watch(api_->doctor().descriptor(), [this] { api_->doctor().on_timer(); });
  loop_.every(hub::Shard::kTick, [this] {
    shard_->tick();
    api_->tick();
  });
}

void ShardHost::start() {
  thread_ = std::thread([this] { loop_.run(); });
}

void ShardHost::reconfigure(std::shared_ptr<const base::Settings> settings) {
  loop_.post([this, settings = std::move(settings)] { http_->reconfigure(*settings); });
}

void ShardHost::renew_tls(std::shared_ptr<const net::TlsContext> context) {
  loop_.post([this, context = std::move(context)] { http_->use_tls(context); });
}

void ShardHost::drain(std::chrono::milliseconds window, std::chrono::milliseconds grace) {
  loop_.post([this, window, grace] {
    http_->drain(grace);
    shard_->drain(window);
  });
}

std::size_t ShardHost::busy_connections() {
  const auto count = [this] { return http_->busy() + api_->streams().ending(); };
  if (!thread_.joinable()) return count();
  std::promise<std::size_t> answer;
  loop_.post([&] { answer.set_value(count()); });
  return answer.get_future().get();
}

void ShardHost::stop() {
  if (http_ == nullptr) return;
  if (!thread_.joinable()) return http_->close_all();
  loop_.post([this] {
    http_->close_all();
    loop_.stop();
  });
  thread_.join();
}

}  // namespace weir::node
