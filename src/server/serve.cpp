// The server's life: everything is wired here, in the order in which it depends on each other, and
// taken down in reverse.

#include "server/serve.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/authority.hpp"
#include "api/access/gate.hpp"
#include "api/access/revocations.hpp"
#include "apps/webhooks/webhook_figures.hpp"
#include "apps/webhooks/webhooks.hpp"
#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/listen_address.hpp"
#include "base/logging.hpp"
#include "base/random.hpp"
#include "base/settings_table.hpp"
#include "base/units.hpp"
#include "base/version.hpp"
#include "cli/terminal.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"
#include "net/listener.hpp"
#include "net/tls_context.hpp"
#include "server/demo.hpp"
#include "server/exposure.hpp"
#include "server/handover.hpp"
#include "server/listeners.hpp"
#include "server/memory_watch.hpp"
#include "server/service_manager.hpp"
#include "server/shard_host.hpp"
#include "telemetry/otlp_exporter.hpp"

namespace weir::server {
namespace {

using namespace std::chrono_literals;

constexpr auto kDrainPoll = 20ms;
// While a new server takes over, an idle connection may still bring a request that is on its way.
constexpr auto kHandoverGrace = 250ms;
// Beyond its own time the old server has its log to close.
constexpr auto kTakeoverPatience = 30s;

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
    signals_.reset(::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
    WEIR_CHECK(signals_, "a descriptor for signals");
  }

  /// The signal that came, or 0 when the descriptor (-1: none) is readable.
  int wait(int descriptor) {
    std::array<pollfd, 2> ready{{{signals_.get(), POLLIN, 0}, {descriptor, POLLIN, 0}}};
    for (;;) {
      if (::poll(ready.data(), ready.size(), -1) < 0) continue;
      signalfd_siginfo signal{};
      if (ready[0].revents != 0 &&
          ::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
        return static_cast<int>(signal.ssi_signo);
      }
      if (ready[1].revents != 0) return 0;
    }
  }
  /// True if a signal to stop came within the time; there is nothing left to reload for.
  bool wait_for_stop(std::chrono::milliseconds time) {
    const timespec limit{time.count() / 1000, (time.count() % 1000) * 1'000'000};
    const int signal = ::sigtimedwait(&set_, nullptr, &limit);
    return signal > 0 && signal != SIGHUP;
  }

 private:
  sigset_t set_{};
  Descriptor signals_;
};

/// The server's TLS: what new connections use, and the keys of session tickets, which stay the same
/// when certificates are loaded anew.
struct ServerTls {
  explicit ServerTls(const base::Settings& settings)
      : tickets(std::make_shared<net::TlsTickets>(settings.tls_ticket_rotation)) {}

  base::Result<> load(const base::Settings& settings) {
    auto loaded = net::TlsContext::load(settings, tickets);
    if (!loaded) return loaded.error();
    context = std::move(*loaded);
    return {};
  }
  base::Result<> load_if_used(const base::Settings& settings) {
    const bool used =
        std::any_of(settings.listen.begin(), settings.listen.end(), [](const std::string& text) {
          const auto address = base::parse_listen(text);
          return address && address->tls;
        });
    return used ? load(settings) : base::Result<>();
  }

  std::shared_ptr<net::TlsTickets> tickets;
  std::shared_ptr<const net::TlsContext> context;
};

/// The whole server. Members are taken down in reverse: first the demo and the webhooks' threads,
/// then the log (whose last commits report to the hub and to the webhooks), then the shards' hosts,
/// then the hub.
class Server {
 public:
  Server(std::shared_ptr<const base::Settings> settings, ServerTls tls)
      : settings_(std::move(settings)), tls_(std::move(tls)), hosts_(shard_count(*settings_)) {
    for (auto& host : hosts_) host = std::make_unique<ShardHost>();
  }

  ~Server() {
    memory_watch_.reset();
    demo_.reset();
    webhooks_.stop();
    if (authority_ != nullptr) authority_->stop_logins();
    // Before the log's lock is free: the file is the next server's from then on.
    offer_.withdraw();
    for (auto& host : hosts_) host->stop();
    log_.reset();
  }

  /// Reads the keys; mistakes are the configuration's.
  base::Result<> prepare() {
    if (auto safe = check_exposure(*settings_); !safe) return safe;
    auto authority = access::Authority::open(*settings_, base::system_clock());
    if (!authority) return authority.error();
    authority_ = std::move(*authority);
    gate_ = std::make_unique<api::Gate>(*authority_, *settings_, base::system_clock());
    return {};
  }

  /// `activated`: sockets of the service manager.
  base::Result<> start(std::vector<Descriptor> activated) {
    std::vector<InheritedSockets> inherited;
    for (auto& descriptor : activated) {
      inherited.emplace_back().descriptors.push_back(std::move(descriptor));
    }
    if (settings_->takeover) {
      if (auto taken = take_from_predecessor(inherited); !taken) return taken;
    }
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
    if (auto keyed = load_session_key(); !keyed) return keyed;

    status_.version = base::version();
    status_.started_at = base::system_clock().unix_millis();
    status_.draining = [this] { return draining_.load(std::memory_order_relaxed); };
    for (auto& host : hosts_) status_.http.push_back(&host->http_metrics());
    if (auto traced = start_tracing(); !traced) return traced;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      hosts_[i]->build(*hub_, i, base::random_seed(), status_, *gate_, webhooks_);
    }
    status_.figures.push_back([this](auto& out) { apps::add_figures(webhooks_.metrics(), out); });
    if (auto started = webhooks_.start(*hub_, *settings_); !started) return started;
    if (auto listening = listen(std::move(inherited)); !listening) return listening;
    for (auto& host : hosts_) host->start();
    memory_watch_ = std::make_unique<MemoryWatch>(*hub_, *gate_, status_.process);
    if (settings_->demo) demo_ = std::make_unique<Demo>(*hub_);
    open_offer();
    announce();
    return {};
  }

  void reconfigure(const base::Settings& fresh) {
    auto next = *settings_;
    for (const auto& name : base::apply_reload(next, fresh)) {
      base::log_warning("config.needs_restart", "setting={}", name);
    }
    // A key file with a mistake keeps the keys that there are, and everything else.
    auto taken = check_reload(*settings_, next);
    if (taken) taken = authority_->reconfigure(next);
    if (!taken) {
      base::log_error("config.reload_failed", "error=\"{}\"", taken.error().message());
      return;
    }
    api::end_revoked_streams(*hub_, *authority_);
    settings_ = std::make_shared<const base::Settings>(std::move(next));
    base::configure_logging(level_of(settings_->log_level), settings_->log_format == "json");
    hub_->reconfigure(settings_);
    if (auto hooked = webhooks_.reconfigure(*settings_); !hooked) {
      base::log_error("webhook.reload_failed", "error=\"{}\"", hooked.error().message());
    }
    if (exporter_ != nullptr) tracer_.enable(settings_->trace_one_in);
    for (auto& host : hosts_) host->reconfigure(settings_);
    reload_tls();
    base::log_info("config.reloaded", "file=\"{}\"", settings_->config);
  }

  /// Readable when a new server wants to take over; -1 if none can.
  int offer_descriptor() const { return offer_.descriptor(); }
  /// Answers it. What is returned keeps it waiting until it is closed.
  Descriptor answer_offer() { return offer_.answer(listeners_, tls_.tickets->save()); }

  /// Ends streams and finishes what is in flight, until nothing is left or the time is over. A
  /// second signal ends it at once. `handing_over`: another process has the sockets already.
  void drain(Signals& signals, bool handing_over) {
    draining_ = true;
    demo_.reset();
    const auto window = handing_over ? settings_->handover_timeout : settings_->drain_timeout;
    base::log_info(handing_over ? "server.handing_over" : "server.draining",
                   "streams={} timeout={}", hub_->subscribers(), base::format_duration(window));
    if (handing_over) {
      listeners_.leave();
    } else {
      listeners_.close();
    }
    for (auto& host : hosts_) host->drain(window, handing_over ? kHandoverGrace : 0ms);
    const auto deadline = std::chrono::steady_clock::now() + window;
    while (std::chrono::steady_clock::now() < deadline) {
      auto busy = hub_->subscribers();  // Slow readers that have not taken their last frame.
      for (auto& host : hosts_) busy += host->busy_connections();
      if (busy == 0 || signals.wait_for_stop(kDrainPoll)) return;
    }
  }

  bool failed() const { return log_->stats().failed; }

 private:
  /// Once the data directory is this server's.
  base::Result<> load_session_key() {
    if (settings_->data_dir.empty()) return {};
    auto signer = access::SessionSigner::from_file(settings_->data_dir + "/session.key");
    if (!signer) return signer.error();
    authority_->use_session_key(std::move(*signer));
    return {};
  }

  base::Result<> start_tracing() {
    if (settings_->otlp_endpoint.empty()) return {};
    auto exporter = telemetry::OtlpExporter::start(*settings_, tracer_);
    if (!exporter) return exporter.error();
    exporter_ = std::move(*exporter);
    status_.figures.push_back([this](auto& out) { exporter_->add_figures(out); });
    return {};
  }

  /// Every address is listened on by every shard; the kernel spreads the connections.
  base::Result<> listen(std::vector<InheritedSockets> inherited) {
    auto opened = listeners_.open(settings_->listen, hosts_.size(), std::move(inherited),
                                  settings_->takeover);
    if (!opened) return opened;
    for (std::size_t shard = 0; shard < hosts_.size(); ++shard) {
      hosts_[shard]->use_tls(tls_.context);
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

  /// Everything that can be wrong with the settings has been found before: from here on the other
  /// server ends.
  base::Result<> take_from_predecessor(std::vector<InheritedSockets>& inherited) {
    auto taken = take_over(settings_->data_dir, settings_->handover_timeout + kTakeoverPatience);
    if (!taken) return taken.error();
    if (!*taken) {
      base::log_info("server.nobody_to_take_over", "data_dir=\"{}\"", settings_->data_dir);
      return {};
    }
    tls_.tickets->restore((*taken)->tickets);
    for (auto& sockets : (*taken)->sockets) inherited.push_back(std::move(sockets));
    base::log_info("server.taken_over", "data_dir=\"{}\"", settings_->data_dir);
    return {};
  }

  void open_offer() {
    if (settings_->data_dir.empty()) return;
    auto offer = HandoverOffer::open(settings_->data_dir);
    if (offer) {
      offer_ = std::move(*offer);
    } else {
      base::log_warning("server.no_takeover", "error=\"{}\"", offer.error().message());
    }
  }

  void reload_tls() {
    if (tls_.context == nullptr) return;
    if (auto loaded = tls_.load(*settings_); !loaded) {
      status_.tls_reload_failures.fetch_add(1, std::memory_order_relaxed);
      base::log_error("tls.reload_failed", "error=\"{}\"", loaded.error().message());
      return;
    }
    for (auto& host : hosts_) host->renew_tls(tls_.context);
    note_certificate();
    base::log_info("tls.reloaded", "certificate=\"{}\"", settings_->tls_certificate);
  }

  void note_certificate() {
    if (tls_.context == nullptr) return;
    status_.certificate_expires.store(static_cast<std::uint64_t>(tls_.context->expires_at()),
                                      std::memory_order_relaxed);
  }

  void announce() const {
    if (authority_->is_open() && settings_->access.insecure) {
      base::log_warning("access.insecure",
                        "everybody who reaches this server may read and publish everything");
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
    // Last, so that who waits for it has heard the rest.
    for (const auto& listener : listeners_.all()) {
      base::log_info("server.listening", "url={} shards={}{}", listener.url(), hosts_.size(),
                     listener.address.role == base::ListenerRole::kAdmin    ? " role=admin"
                     : listener.address.role == base::ListenerRole::kPublic ? " role=public"
                                                                            : "");
    }
  }

  std::shared_ptr<const base::Settings> settings_;
  ServerTls tls_;
  base::Tracer tracer_;
  std::unique_ptr<telemetry::OtlpExporter> exporter_;
  Listeners listeners_;
  HandoverOffer offer_;
  api::ServerStatus status_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<access::Authority> authority_;
  std::unique_ptr<api::Gate> gate_;
  std::unique_ptr<hub::Hub> hub_;
  apps::Webhooks webhooks_;
  std::vector<std::unique_ptr<ShardHost>> hosts_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Demo> demo_;
  std::unique_ptr<MemoryWatch> memory_watch_;
};

/// What the service manager passes is what is listened on where no address was asked for.
std::shared_ptr<const base::Settings> with_activated(const base::Settings& settings,
                                                     const std::vector<Descriptor>& activated) {
  auto next = std::make_shared<base::Settings>(settings);
  if (activated.empty() || settings.listen != base::Settings().listen) return next;
  next->listen.clear();
  for (const auto& descriptor : activated) {
    std::string address = net::listener_address(descriptor.get());
    const bool known =
        std::find(next->listen.begin(), next->listen.end(), address) != next->listen.end();
    if (!known) next->listen.push_back(std::move(address));
  }
  next->places["listen"] = "sockets of the service manager";
  return next;
}

/// Runs until a signal or a new server ends it; the latter waits for what is returned.
Descriptor run(Server& server, Signals& signals, const Reload& reload) {
  notify_service_manager(fmt::format("READY=1\nMAINPID={}", ::getpid()));
  for (;;) {
    const int signal = signals.wait(server.offer_descriptor());
    if (signal == SIGHUP) {
      notify_reloading();
      if (auto fresh = reload()) {
        server.reconfigure(*fresh);
      } else {
        base::log_error("config.reload_failed", "error=\"{}\"", fresh.error().message());
      }
      notify_service_manager("READY=1");
    } else if (signal != 0) {
      notify_service_manager("STOPPING=1");
      server.drain(signals, false);
      return {};
    } else if (Descriptor successor = server.answer_offer()) {
      server.drain(signals, true);
      return successor;
    }
  }
}

}  // namespace

int serve(const base::Settings& settings, const Reload& reload) {
  base::configure_logging(level_of(settings.log_level), settings.log_format == "json");
  raise_descriptor_limit();
  std::vector<Descriptor> activated = sockets_from_service_manager();
  const auto effective = with_activated(settings, activated);
  ServerTls tls(*effective);
  if (auto loaded = tls.load_if_used(*effective); !loaded) return cli::fail(loaded.error());
  Signals signals;
  bool failed = false;
  Descriptor successor;  // Told by its end, after the log's.
  {
    Server server(effective, std::move(tls));
    if (auto prepared = server.prepare(); !prepared) return cli::fail(prepared.error());
    if (auto started = server.start(std::move(activated)); !started) return fail(started.error());
    successor = run(server, signals, reload);
    failed = server.failed();
  }
  base::log_info("server.stopped", "status={}", failed ? 1 : 0);
  return failed ? 1 : 0;
}

}  // namespace weir::server
