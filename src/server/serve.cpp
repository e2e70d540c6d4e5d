// The server's life between its start and the signal that ends it. What it consists of is wired in
// node/node.cpp.

#include "server/serve.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/logging.hpp"
#include "base/units.hpp"
#include "cli/terminal.hpp"
#include "net/listener.hpp"
#include "node/node.hpp"
#include "server/demo.hpp"
#include "server/handover.hpp"
#include "server/service_manager.hpp"

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
  base::Descriptor signals_;
};

/// What `weir serve` has beside the node: the demo, and the offer to let a new server take over.
class Server {
 public:
  explicit Server(std::shared_ptr<const base::Settings> settings) : node_(std::move(settings)) {}

  ~Server() {
    demo_.reset();
    // Before the log's lock is free: the file is the next server's from then on.
    offer_.withdraw();
  }

  /// Finds the configuration's mistakes.
  base::Result<> prepare() { return node_.prepare(); }

  /// `activated`: sockets of the service manager.
  base::Result<> start(std::vector<base::Descriptor> activated) {
    std::vector<node::InheritedSockets> inherited;
    for (auto& descriptor : activated) {
      inherited.emplace_back().descriptors.push_back(std::move(descriptor));
    }
    if (settings().takeover) {
      if (auto taken = take_from_predecessor(inherited); !taken) return taken;
    }
    if (auto opened = node_.open(std::move(inherited)); !opened) return opened;
    node_.start();
    if (settings().demo) demo_ = std::make_unique<Demo>(node_.hub(), node_.workflows());
    open_offer();
    node_.announce();
    return {};
  }

  /// What went wrong is in the log.
  void reconfigure(const base::Settings& fresh) {
    [[maybe_unused]] const auto taken = node_.reconfigure(fresh);
  }

  /// Readable when a new server wants to take over; -1 if none can.
  int offer_descriptor() const { return offer_.descriptor(); }
  /// Answers it. What is returned keeps it waiting until it is closed.
  base::Descriptor answer_offer() {
    return offer_.answer(node_.listeners(), node_.tls().tickets().save());
  }

  /// Ends streams and finishes what is in flight, until nothing is left or the time is over. A
  /// second signal ends it at once. `handing_over`: another process has the sockets already.
  void drain(Signals& signals, bool handing_over) {
    demo_.reset();
    const auto window = handing_over ? settings().handover_timeout : settings().drain_timeout;
    base::log_info(handing_over ? "server.handing_over" : "server.draining",
                   "streams={} timeout={}", node_.hub().subscribers(),
                   base::format_duration(window));
    node_.begin_drain(window, handing_over, handing_over ? kHandoverGrace : 0ms);
    const auto deadline = std::chrono::steady_clock::now() + window;
    while (std::chrono::steady_clock::now() < deadline) {
      if (node_.busy() == 0 || signals.wait_for_stop(kDrainPoll)) return;
    }
  }

  bool failed() const { return node_.failed(); }

 private:
  const base::Settings& settings() const { return node_.settings(); }

  /// Everything that can be wrong with the settings has been found before: from here on the other
  /// server ends.
  base::Result<> take_from_predecessor(std::vector<node::InheritedSockets>& inherited) {
    auto taken = take_over(settings().data_dir, settings().handover_timeout + kTakeoverPatience);
    if (!taken) return taken.error();
    if (!*taken) {
      base::log_info("server.nobody_to_take_over", "data_dir=\"{}\"", settings().data_dir);
      return {};
    }
    node_.tls().tickets().restore((*taken)->tickets);
    for (auto& sockets : (*taken)->sockets) inherited.push_back(std::move(sockets));
    base::log_info("server.taken_over", "data_dir=\"{}\"", settings().data_dir);
    return {};
  }

  void open_offer() {
    if (settings().data_dir.empty()) return;
    auto offer = HandoverOffer::open(settings().data_dir);
    if (offer) {
      offer_ = std::move(*offer);
    } else {
      base::log_warning("server.no_takeover", "error=\"{}\"", offer.error().message());
    }
  }

  node::Node node_;
  HandoverOffer offer_;
  std::unique_ptr<Demo> demo_;
};

/// What the service manager passes is what is listened on where no address was asked for.
std::shared_ptr<const base::Settings> with_activated(
    const base::Settings& settings, const std::vector<base::Descriptor>& activated) {
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
base::Descriptor run(Server& server, Signals& signals, const Reload& reload) {
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
    } else if (base::Descriptor successor = server.answer_offer()) {
      server.drain(signals, true);
      return successor;
    }
  }
}

}  // namespace

int serve(const base::Settings& settings, const Reload& reload) {
  node::configure_logging(settings);
  raise_descriptor_limit();
  std::vector<base::Descriptor> activated = sockets_from_service_manager();
  const auto effective = with_activated(settings, activated);
  Signals signals;
  bool failed = false;
  base::Descriptor successor;  // Told by its end, after the log's.
  {
    Server server(effective);
    if (auto prepared = server.prepare(); !prepared) return cli::fail(prepared.error());
    if (auto started = server.start(std::move(activated)); !started) return fail(started.error());
    successor = run(server, signals, reload);
    failed = server.failed();
  }
  base::log_info("server.stopped", "status={}", failed ? 1 : 0);
  return failed ? 1 : 0;
}

}  // namespace weir::server
