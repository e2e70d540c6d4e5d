#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/authority.hpp"
#include "api/access/gate.hpp"
#include "api/operations/operations.hpp"
#include "api/shard_api.hpp"
#include "apps/notifications/notifications.hpp"
#include "apps/task_feed/task_feed.hpp"
#include "apps/webhooks/webhooks.hpp"
#include "apps/workflow/workflows.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "base/tracing.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"
#include "node/app_announcer.hpp"
#include "node/listeners.hpp"
#include "node/memory_watch.hpp"
#include "node/server_tls.hpp"
#include "node/shard_host.hpp"
#include "telemetry/otlp_exporter.hpp"

namespace weir::node {

/// One whole server without a process around it: log, hub, shards, listeners, webhooks, wired in
/// the order in which they depend on each other and taken down in reverse. `weir serve` runs it
/// between signals, `weir::Hub` inside somebody's program.
///
///   Node node(settings);
///   if (auto prepared = node.prepare(); !prepared) …      // nothing has been touched yet
///   if (auto opened = node.open({}); !opened) …
///   node.start();
///   …
///   node.begin_drain(window, false);
///   while (node.busy()) …
///
/// Belongs to one thread, the one that makes it, but for what is said to be for any.
class Node {
 public:
  /// Adds to what a shard answers, before its first request.
  using Extend = std::function<void(std::size_t shard, api::ShardApi&)>;

  explicit Node(std::shared_ptr<const base::Settings> settings);
  /// As `stop`.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Reads keys and certificates: everything that can be wrong with the settings alone is found
  /// here. kBadConfiguration.
  base::Result<> prepare();

  /// Opens the log, builds the shards, and listens. Connections wait until the shards run.
  /// `inherited`: sockets that somebody else has opened. After an error the node is of no more use.
  base::Result<> open(std::vector<InheritedSockets> inherited, const Extend& extend = {});

  /// Runs every shard on a thread of its own.
  void start();
  /// Instead, for one shard: nothing runs but when the caller drives `loop`, whose thread is the
  /// shard's then, also for `stop` and `busy`.
  void start_driven();
  net::Loop& loop() { return hosts_.front()->loop(); }
  /// Says in the log what is listened on.
  void announce() const;

  /// Takes over what may change while it runs; what needs a restart, or cannot be read anew, is
  /// logged. kBadConfiguration: logged, too, and nothing has changed.
  base::Result<> reconfigure(const base::Settings& fresh);

  /// Accepts nothing more, tells streams to come back within the window, and ends them.
  /// `handing_over`: another process has the sockets already; idle connections stay for `grace`.
  void begin_drain(std::chrono::milliseconds window, bool handing_over,
                   std::chrono::milliseconds grace = {});
  /// Streams that have not taken their last frame, and connections that wait for an answer.
  std::size_t busy();
  /// Ends everything that is left, at once. Afterwards only destruction.
  void stop();

  // Any thread, between `open` and `stop`.
  hub::Hub& hub() { return *hub_; }
  log::Log& log() { return *log_; }
  api::Gate& gate() { return *gate_; }
  apps::workflow::Workflows& workflows() { return workflows_; }
  bool draining() const { return draining_.load(std::memory_order_relaxed); }

  const base::Settings& settings() const { return *settings_; }
  std::size_t shards() const { return hosts_.size(); }
  const Listeners& listeners() const { return listeners_; }
  ServerTls& tls() { return tls_; }
  /// Whether the log has given up; nothing more can be published.
  bool failed() const { return log_->stats().failed; }

 private:
  base::Result<> open_log();
  base::Result<> load_session_key();
  base::Result<> start_tracing();
  base::Result<> start_applications();
  base::Result<> listen(std::vector<InheritedSockets> inherited);
  void reload_tls();
  void note_certificate();

  std::shared_ptr<const base::Settings> settings_;
  ServerTls tls_;
  base::Tracer tracer_;
  std::unique_ptr<telemetry::OtlpExporter> exporter_;
  Listeners listeners_;
  api::ServerStatus status_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<access::Authority> authority_;
  std::unique_ptr<api::Gate> gate_;
  std::unique_ptr<hub::Hub> hub_;
  apps::Webhooks webhooks_;
  apps::notifications::Notifications notifications_;
  apps::task_feed::TaskFeed task_feed_;
  std::unique_ptr<AppAnnouncer> announcer_;
  apps::workflow::Workflows workflows_;
  std::vector<std::unique_ptr<ShardHost>> hosts_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<MemoryWatch> memory_watch_;
};

/// How log lines are written, by the settings. Of the whole process.
void configure_logging(const base::Settings& settings);

}  // namespace weir::node
