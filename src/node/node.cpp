#include "node/node.hpp"

#include <sched.h>

#include <algorithm>
#include <utility>

#include "api/access/revocations.hpp"
#include "apps/webhooks/webhook_figures.hpp"
#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/random.hpp"
#include "base/settings_table.hpp"
#include "base/version.hpp"
#include "node/exposure.hpp"

namespace weir::node {
namespace {

base::LogLevel level_of(const std::string& name) {
  if (name == "debug") return base::LogLevel::kDebug;
  if (name == "warning") return base::LogLevel::kWarning;
  if (name == "error") return base::LogLevel::kError;
  return base::LogLevel::kInfo;
}

/// One shard per core that the process may run on.
std::size_t shard_count(const base::Settings& settings) {
  if (settings.shards > 0) return settings.shards;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&allowed), 1));
}

}  // namespace

void configure_logging(const base::Settings& settings) {
  base::configure_logging(level_of(settings.log_level), settings.log_format == "json");
}

Node::Node(std::shared_ptr<const base::Settings> settings)
    : settings_(std::move(settings)), tls_(*settings_), hosts_(shard_count(*settings_)) {
  for (auto& host : hosts_) host = std::make_unique<ShardHost>();
}

Node::~Node() { stop(); }

/// First the threads that publish, then the shards, then the log: its last commits report to the
/// hub and to the webhooks.
void Node::stop() {
  memory_watch_.reset();
  webhooks_.stop();
  workflows_.stop();
  notifications_.stop();
  task_feed_.stop();
  if (authority_ != nullptr) {
    authority_->on_keys_changed({});
    authority_->stop_logins();
  }
  for (auto& host : hosts_) host->stop();
  log_.reset();
}

base::Result<> Node::prepare() {
  if (auto safe = check_exposure(*settings_); !safe) return safe;
  if (auto loaded = tls_.load_if_used(*settings_); !loaded) return loaded;
  if (settings_->notifications.enabled) {
    if (auto good = apps::notifications::Notifications::check(*settings_); !good) return good;
  }
  auto authority = access::Authority::open(*settings_, base::system_clock());
  if (!authority) return authority.error();
  authority_ = std::move(*authority);
  gate_ = std::make_unique<api::Gate>(*authority_, *settings_, base::system_clock());
  return {};
}

base::Result<> Node::open(std::vector<InheritedSockets> inherited, const Extend& extend) {
  if (auto opened = open_log(); !opened) return opened;
  status_.version = base::version();
  status_.started_at = base::system_clock().unix_millis();
  status_.draining = [this] { return draining(); };
  for (auto& host : hosts_) status_.http.push_back(&host->http_metrics());
  if (auto traced = start_tracing(); !traced) return traced;
  if (auto started = start_applications(); !started) return started;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    hosts_[i]->build(*hub_, i, base::random_seed(), status_, *gate_, webhooks_, workflows_,
                     notifications_, task_feed_);
    if (extend) extend(i, hosts_[i]->api());
  }
  if (auto started = webhooks_.start(*hub_, *settings_); !started) return started;
  return listen(std::move(inherited));
}

/// Before the shards, which have the addresses of those that run.
base::Result<> Node::start_applications() {
  status_.figures.push_back([this](auto& out) { apps::add_figures(webhooks_.metrics(), out); });
  status_.figures.push_back([this](auto& out) { workflows_.add_figures(out); });
  status_.figures.push_back([this](auto& out) { task_feed_.add_figures(out); });
  if (auto started = task_feed_.start(*hub_, *settings_); !started) return started;
  if (settings_->notifications.enabled) {
    status_.figures.push_back(
        [this](auto& out) { apps::notifications::add_figures(notifications_.metrics(), out); });
    if (auto started = notifications_.start(*hub_, *settings_); !started) return started;
  }
  // Executions go on at once where they were, also with what others carry out for them.
  announcer_ = std::make_unique<AppAnnouncer>(*hub_, notifications_, task_feed_);
  announcer_->resume();
  return workflows_.start(*hub_, *settings_, *announcer_);
}

base::Result<> Node::open_log() {
  std::vector<std::function<void()>> wakes;
  for (auto& host : hosts_) wakes.push_back([&host = *host] { host.wake(); });
  hub_ = std::make_unique<hub::Hub>(settings_, base::system_clock(), std::move(wakes),
                                    base::random_seed(), &tracer_);
  log::Options options;
  options.settings = settings_.get();
  options.listener = hub_.get();
  auto log = log::open(options);
  if (!log) return log.error();
  log_ = std::move(*log);
  hub_->attach(*log_);
  auto revoked = api::load_revocations(*hub_);
  if (!revoked) return revoked.error();
  authority_->set_stored_revocations(std::move(*revoked));
  authority_->on_keys_changed([this] { api::end_revoked_streams(*hub_, *authority_); });
  return load_session_key();
}

/// Once the data directory is this server's.
base::Result<> Node::load_session_key() {
  if (settings_->data_dir.empty()) return {};
  auto signer = access::SessionSigner::from_file(settings_->data_dir + "/session.key");
  if (!signer) return signer.error();
  authority_->use_session_key(std::move(*signer));
  return {};
}

base::Result<> Node::start_tracing() {
  if (settings_->otlp_endpoint.empty()) return {};
  auto exporter = telemetry::OtlpExporter::start(*settings_, tracer_);
  if (!exporter) return exporter.error();
  exporter_ = std::move(*exporter);
  status_.figures.push_back([this](auto& out) { exporter_->add_figures(out); });
  return {};
}

/// Every address is listened on by every shard; the kernel spreads the connections.
base::Result<> Node::listen(std::vector<InheritedSockets> inherited) {
  auto opened =
      listeners_.open(settings_->listen, hosts_.size(), std::move(inherited), settings_->takeover);
  if (!opened) return opened;
  for (std::size_t shard = 0; shard < hosts_.size(); ++shard) {
    hosts_[shard]->use_tls(tls_.context());
    for (const auto& listener : listeners_.all()) {
      const net::ListenerOptions options{.role = listener.address.role,
                                         .tls = listener.address.tls,
                                         .proxy_protocol = listener.address.proxy_protocol,
                                         .shared = listener.is_shared(hosts_.size())};
      for (auto& copy : Listeners::for_shard(listener, shard, hosts_.size())) {
        hosts_[shard]->listen(copy.release(), options);
      }
    }
  }
  note_certificate();
  return {};
}

void Node::start() {
  for (auto& host : hosts_) host->start();
  start_driven();
}

void Node::start_driven() {
  memory_watch_ = std::make_unique<MemoryWatch>(*hub_, *gate_, status_.process);
}

void Node::announce() const {
  if (authority_->is_open() && settings_->access.insecure) {
    base::log_warning("access.insecure",
                      "everybody who reaches this server may read and publish everything");
  }
  if (log_->durable()) {
    base::log_info("log.open", "data_dir=\"{}\" durability={} events={}", settings_->data_dir,
                   settings_->durability == base::Durability::kFsync ? "fsync" : "buffered",
                   log_->head().value);
  } else {
    base::log_warning("log.memory",
                      "events are kept in memory only and are gone when the server stops "
                      "(--data-dir keeps them)");
  }
  // Last, so that who waits for it has heard the rest.
  for (const auto& listener : listeners_.all()) {
    base::log_info("server.listening", "url={} shards={}{}", listener.url(), hosts_.size(),
                   listener.address.role == base::ListenerRole::kAdmin    ? " role=admin"
                   : listener.address.role == base::ListenerRole::kPublic ? " role=public"
                                                                          : "");
  }
}

base::Result<> Node::reconfigure(const base::Settings& fresh) {
  auto next = *settings_;
  for (const auto& name : base::apply_reload(next, fresh)) {
    base::log_warning("config.needs_restart", "setting={}", name);
  }
  // A key file with a mistake keeps the keys that there are, and everything else.
  auto taken = check_reload(*settings_, next);
  if (taken) taken = authority_->reconfigure(next);
  if (!taken) {
    base::log_error("config.reload_failed", "error=\"{}\"", taken.error().message());
    return taken;
  }
  api::end_revoked_streams(*hub_, *authority_);
  settings_ = std::make_shared<const base::Settings>(std::move(next));
  configure_logging(*settings_);
  hub_->reconfigure(settings_);
  if (auto hooked = webhooks_.reconfigure(*settings_); !hooked) {
    base::log_error("webhook.reload_failed", "error=\"{}\"", hooked.error().message());
  }
  workflows_.reconfigure(*settings_);
  if (exporter_ != nullptr) tracer_.enable(settings_->trace_one_in);
  for (auto& host : hosts_) host->reconfigure(settings_);
  reload_tls();
  base::log_info("config.reloaded", "file=\"{}\"", settings_->config);
  return {};
}

void Node::reload_tls() {
  if (tls_.context() == nullptr) return;
  if (auto loaded = tls_.load(*settings_); !loaded) {
    status_.tls_reload_failures.fetch_add(1, std::memory_order_relaxed);
    base::log_error("tls.reload_failed", "error=\"{}\"", loaded.error().message());
    return;
  }
  for (auto& host : hosts_) host->renew_tls(tls_.context());
  note_certificate();
  base::log_info("tls.reloaded", "certificate=\"{}\"", settings_->tls_certificate);
}

void Node::note_certificate() {
  if (tls_.context() == nullptr) return;
  status_.certificate_expires.store(static_cast<std::uint64_t>(tls_.context()->expires_at()),
                                    std::memory_order_relaxed);
}

void Node::begin_drain(std::chrono::milliseconds window, bool handing_over,
                       std::chrono::milliseconds grace) {
  draining_ = true;
  if (handing_over) {
    listeners_.leave();
  } else {
    listeners_.close();
  }
  workflows_.drain();
  task_feed_.drain();
  for (auto& host : hosts_) host->drain(window, grace);
}

std::size_t Node::busy() {
  std::size_t busy = hub_->subscribers() + workflows_.busy();
  for (auto& host : hosts_) busy += host->busy_connections();
  return busy;
}

}  // namespace weir::node
