// The server's life: everything is wired here, in the order in which it depends on each other, and
// taken down in reverse.

#include "server/serve.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "apps/webhooks/webhook_figures.hpp"
#include "apps/webhooks/webhooks.hpp"
#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/random.hpp"
#include "base/settings_table.hpp"
#include "base/units.hpp"
#include "base/version.hpp"
#include "cli/terminal.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"
#include "net/listener.hpp"
#include "server/demo.hpp"
#include "server/shard_host.hpp"
#include "telemetry/otlp_exporter.hpp"

namespace weir::server {
namespace {

using namespace std::chrono_literals;

constexpr auto kDrainPoll = 20ms;

int fail(const base::Error& error) {
  // An address that is taken is told by its words alone; nothing is wrong with the configuration.
  cli::print_error(cli::describe(error));
  return 1;
}

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

/// A connection is a descriptor: take as many as the system lets this user have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Signals are taken by the main thread alone; threads started later inherit the mask.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, signal);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
  }

  int wait() {
    int signal = 0;
    ::sigwait(&set_, &signal);
    return signal;
  }
  /// True if a signal to stop came within the time; there is nothing left to reload for.
  bool wait_for_stop(std::chrono::milliseconds time) {
    const timespec limit{time.count() / 1000, (time.count() % 1000) * 1'000'000};
    const int signal = ::sigtimedwait(&set_, nullptr, &limit);
    return signal > 0 && signal != SIGHUP;
  }

 private:
  sigset_t set_{};
};

/// The whole server. Members are taken down in reverse: first the demo and the webhooks' threads,
/// then the log (whose last commits report to the hub and to the webhooks), then the shards' hosts,
/// then the hub.
class Server {
 public:
  explicit Server(std::shared_ptr<const base::Settings> settings)
      : settings_(std::move(settings)), hosts_(shard_count(*settings_)) {
    for (auto& host : hosts_) host = std::make_unique<ShardHost>();
  }

  ~Server() {
    demo_.reset();
    webhooks_.stop();
    for (auto& host : hosts_) host->stop();
    log_.reset();
  }

  base::Result<> start() {
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

    status_.version = base::version();
    status_.started_at = base::system_clock().unix_millis();
    status_.draining = [this] { return draining_.load(std::memory_order_relaxed); };
    for (auto& host : hosts_) status_.http.push_back(&host->http_metrics());
    if (auto traced = start_tracing(); !traced) return traced;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      hosts_[i]->build(*hub_, i, base::random_seed(), status_, webhooks_);
    }
    status_.figures.push_back([this](auto& out) { apps::add_figures(webhooks_.metrics(), out); });
    if (auto started = webhooks_.start(*hub_, *settings_); !started) return started;
    if (auto listening = listen(); !listening) return listening;
    for (auto& host : hosts_) host->start();
    if (settings_->demo) demo_ = std::make_unique<Demo>(*hub_);
    announce();
    return {};
  }

  void reconfigure(const base::Settings& fresh) {
    auto next = *settings_;
    for (const auto& name : base::apply_reload(next, fresh)) {
      base::log_warning("config.needs_restart", "setting={}", name);
    }
    settings_ = std::make_shared<const base::Settings>(std::move(next));
    base::configure_logging(level_of(settings_->log_level), settings_->log_format == "json");
    hub_->reconfigure(settings_);
    if (auto taken = webhooks_.reconfigure(*settings_); !taken) {
      base::log_error("webhook.reload_failed", "error=\"{}\"", taken.error().message());
    }
    if (exporter_ != nullptr) tracer_.enable(settings_->trace_one_in);
    for (auto& host : hosts_) host->reconfigure(settings_);
    base::log_info("config.reloaded", "file=\"{}\"", settings_->config);
  }

  /// Ends streams and finishes what is in flight, until nothing is left or the time is over. A
  /// second signal ends it at once.
  void drain(Signals& signals) {
    draining_ = true;
    demo_.reset();
    const auto window = settings_->drain_timeout;
    base::log_info("server.draining", "streams={} timeout={}", hub_->subscribers(),
                   base::format_duration(window));
    for (auto& host : hosts_) host->drain(window);
    const auto deadline = std::chrono::steady_clock::now() + window;
    while (std::chrono::steady_clock::now() < deadline) {
      auto busy = hub_->subscribers();  // Slow readers that have not taken their last frame.
      for (auto& host : hosts_) busy += host->busy_connections();
      if (busy == 0 || signals.wait_for_stop(kDrainPoll)) return;
    }
  }

  bool failed() const { return log_->stats().failed; }

 private:
  base::Result<> start_tracing() {
    if (settings_->otlp_endpoint.empty()) return {};
    auto exporter = telemetry::OtlpExporter::start(*settings_, tracer_);
    if (!exporter) return exporter.error();
    exporter_ = std::move(*exporter);
    status_.figures.push_back([this](auto& out) { exporter_->add_figures(out); });
    return {};
  }

  /// Every address is listened on by every shard; the kernel spreads the connections.
  base::Result<> listen() {
    for (const auto& wanted : settings_->listen) {
      std::string address = wanted;
      for (auto& host : hosts_) {
        const auto descriptor = net::open_listener(address, host == hosts_.front());
        if (!descriptor) return descriptor.error();
        // Port 0 is any free one: the other shards share the one that the first got.
        address = net::listener_address(*descriptor);
        host->listen(*descriptor);
      }
      addresses_.push_back(address);
    }
    return {};
  }

  void announce() const {
    for (const auto& address : addresses_) {
      base::log_info("server.listening", "url=http://{} shards={}", address, hosts_.size());
    }
    const auto head = log_->head().value;
    if (log_->durable()) {
      base::log_info("log.open", "data_dir=\"{}\" durability={} events={}", settings_->data_dir,
                     settings_->durability == base::Durability::kFsync ? "fsync" : "buffered",
                     head);
    } else {
      base::log_warning("log.memory",
                        "events are kept in memory only and are gone when the server stops "
                        "(--data-dir keeps them)");
    }
  }

  std::shared_ptr<const base::Settings> settings_;
  base::Tracer tracer_;
  std::unique_ptr<telemetry::OtlpExporter> exporter_;
  api::ServerStatus status_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<hub::Hub> hub_;
  apps::Webhooks webhooks_;
  std::vector<std::unique_ptr<ShardHost>> hosts_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Demo> demo_;
  std::vector<std::string> addresses_;
};

}  // namespace

int serve(const base::Settings& settings, const Reload& reload) {
  base::configure_logging(level_of(settings.log_level), settings.log_format == "json");
  raise_descriptor_limit();
  Signals signals;
  Server server(std::make_shared<const base::Settings>(settings));
  if (auto started = server.start(); !started) return fail(started.error());

  for (int signal = signals.wait(); signal == SIGHUP; signal = signals.wait()) {
    if (auto fresh = reload()) {
      server.reconfigure(*fresh);
    } else {
      base::log_error("config.reload_failed", "error=\"{}\"", fresh.error().message());
    }
  }
  server.drain(signals);
  const bool failed = server.failed();
  base::log_info("server.stopped", "status={}", failed ? 1 : 0);
  return failed ? 1 : 0;
}

}  // namespace weir::server
