#include <weir/hub.hpp>

#include <poll.h>

#include <atomic>
#include <utility>

#include "api/native/publish.hpp"
#include "base/check.hpp"
#include "client/waiting.hpp"
#include "embed/conversion.hpp"
#include "embed/core.hpp"
#include "embed/effective_settings.hpp"
#include "embed/errors.hpp"
#include "embed/routes.hpp"
#include "embed/subscription_impl.hpp"
#include "hub/subscriber.hpp"
#include "proto/cursor.hpp"

namespace weir {
namespace {

using embed::Core;
using std::chrono::milliseconds;

/// Who waits for a publish. Told exactly once, at the latest when it goes.
class Waiting {
 public:
  Waiting(PublishDone done, std::atomic<std::size_t>* pending)
      : done_(std::move(done)), pending_(pending) {
    if (pending_ != nullptr) pending_->fetch_add(1);
  }
  Waiting(Waiting&& other) noexcept
      : done_(std::exchange(other.done_, nullptr)),
        pending_(std::exchange(other.pending_, nullptr)) {}
  Waiting& operator=(Waiting&&) = delete;
  ~Waiting() { tell(embed::stopped()); }

  void tell(Result<Published> result) {
    if (done_) {
      const base::CallGate::Mark mark;
      std::exchange(done_, nullptr)(std::move(result));
    }
    if (pending_ != nullptr) std::exchange(pending_, nullptr)->fetch_sub(1);
  }

 private:
  PublishDone done_;
  std::atomic<std::size_t>* pending_;
};

enum class ToldOn { kShard, kLogThread };

/// Hands `done` on if the events are taken to the log; what speaks against that is returned.
std::optional<Error> submit(Core& core, std::vector<Event> events, PublishOptions options,
                            PublishDone& done, ToldOn told_on) {
  auto& hub = core.hub();
  auto valid = embed::to_hub(std::move(events), *hub.settings());
  if (!valid) return embed::to_public(valid.error());
  if (auto good = api::check_idempotency_key(options.idempotency_key, *valid); !good) {
    return embed::to_public(good.error());
  }
  hub::PublishRequest request{.events = std::move(*valid),
                              .idempotency_key = std::move(options.idempotency_key)};
  auto on_outcome = [&hub, waiting = Waiting(std::exchange(done, nullptr), &core.pending())](
                        base::Result<hub::Published> outcome) mutable {
    if (outcome) {
      waiting.tell(embed::to_public(*outcome, hub.log().head()));
    } else {
      waiting.tell(embed::to_public(outcome.error()));
    }
  };
  if (told_on == ToldOn::kLogThread) {
    hub.publish_now(std::move(request), std::move(on_outcome));
  } else {
    hub.publish(core.shard_of_this_thread(), std::move(request), std::move(on_outcome));
  }
  return std::nullopt;
}

void publish_to(Core& core, std::vector<Event> events, PublishOptions options, PublishDone done,
                ToldOn told_on) {
  std::optional<Error> refused;
  const bool entered = core.enter([&](Core& there) {
    refused = submit(there, std::move(events), std::move(options), done, told_on);
  });
  if (!entered) {
    refused = core.state() == Core::State::kNew ? embed::not_open() : embed::stopped();
  }
  if (refused) Waiting(std::move(done), nullptr).tell(std::move(*refused));
}

std::vector<Event> one(Event event) {
  std::vector<Event> events;
  events.push_back(std::move(event));
  return events;
}

}  // namespace

class Hub::Impl {
 public:
  explicit Impl(std::shared_ptr<const base::Settings> settings)
      : core(std::make_shared<Core>(std::move(settings))) {}
  ~Impl() {
    WEIR_CHECK(!base::CallGate::inside_a_call(), "a hub is not destroyed by a callback");
    core->stop(milliseconds(0));
  }

  bool is_new() const { return core->state() == Core::State::kNew; }
  Result<> open(bool driven) {
    if (!is_new() || base::CallGate::inside_a_call()) {
      return embed::misuse("A hub is opened once, and not by a callback");
    }
    return embed::to_public(core->open(driven));
  }
  bool is_driven() const { return core->state() == Core::State::kOpen && core->driven(); }

  /// Until the time is over (negative: without end) or a stop is asked for.
  void drive(milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    const auto& stop = core->stop_request();
    while (is_driven() && !stop.triggered()) {
      core->loop().poll();
      auto left = milliseconds(-1);
      if (time.count() >= 0) {
        left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return;
      }
      pollfd entries[] = {{core->loop().descriptor(), POLLIN, 0}, {stop.descriptor(), POLLIN, 0}};
      client::poll_until(entries, 2, left);
    }
  }

  const std::shared_ptr<Core> core;
};

Result<Hub> Hub::create(const Settings& settings) {
  auto effective = embed::effective_settings(settings);
  if (!effective) return embed::to_public(effective.error());
  auto impl = std::make_unique<Impl>(std::make_shared<const base::Settings>(std::move(*effective)));
  if (auto prepared = impl->core->prepare(); !prepared) return embed::to_public(prepared.error());
  return Hub(std::move(impl));
}

Hub::Hub(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Hub::Hub(Hub&& other) noexcept = default;
Hub& Hub::operator=(Hub&& other) noexcept = default;
Hub::~Hub() = default;

Result<> Hub::route(std::string method, std::string path, RouteHandler handler,
                    RouteOptions options) {
  if (!impl_->is_new()) return embed::misuse("Routes are given before the hub is opened");
  Core::Route route{std::move(method), std::move(path), std::move(handler), options};
  if (auto good = embed::check_route(route); !good) return embed::misuse(good.error().detail);
  impl_->core->add_route(std::move(route));
  return {};
}

Result<> Hub::authorize(Authorizer authorizer) {
  if (!impl_->is_new()) return embed::misuse("An authorizer is given before the hub is opened");
  if (!authorizer) return embed::misuse("An authorizer is a function");
  return embed::to_public(impl_->core->set_authorizer(std::move(authorizer)));
}

Result<> Hub::observe(ConnectionObserver observer) {
  if (!impl_->is_new()) return embed::misuse("An observer is given before the hub is opened");
  impl_->core->set_observer(std::move(observer));
  return {};
}

Result<> Hub::start() { return impl_->open(false); }
Result<> Hub::open() { return impl_->open(true); }

void Hub::run() { impl_->drive(milliseconds(-1)); }
void Hub::run_for(milliseconds time) { impl_->drive(std::max(time, milliseconds(0))); }
std::size_t Hub::poll() { return impl_->is_driven() ? impl_->core->loop().poll() : 0; }
int Hub::descriptor() const { return impl_->is_driven() ? impl_->core->loop().descriptor() : -1; }

void Hub::request_stop() noexcept { impl_->core->stop_request().trigger(); }

void Hub::wait() {
  pollfd entry{impl_->core->stop_request().descriptor(), POLLIN, 0};
  client::poll_until(&entry, 1, milliseconds(-1));
}

void Hub::stop() {
  request_stop();
  if (!base::CallGate::inside_a_call()) impl_->core->stop(std::nullopt);
}

void Hub::stop(milliseconds drain) {
  request_stop();
  if (!base::CallGate::inside_a_call()) impl_->core->stop(std::max(drain, milliseconds(0)));
}

Result<> Hub::reconfigure(const Settings& settings) {
  auto effective = embed::effective_settings(settings);
  if (!effective) return embed::to_public(effective.error());
  if (impl_->is_new()) return embed::not_open();
  if (impl_->core->state() != Core::State::kOpen) return embed::stopped();
  return embed::to_public(impl_->core->reconfigure(std::move(*effective)));
}

std::vector<std::string> Hub::urls() const { return impl_->core->urls(); }

void Hub::publish(Event event, PublishDone done, PublishOptions options) {
  publish_all(one(std::move(event)), std::move(done), std::move(options));
}

void Hub::publish_all(std::vector<Event> events, PublishDone done, PublishOptions options) {
  publish_to(*impl_->core, std::move(events), std::move(options), std::move(done), ToldOn::kShard);
}

std::future<Result<Published>> Hub::publish_async(Event event, PublishOptions options) {
  return publish_all_async(one(std::move(event)), std::move(options));
}

std::future<Result<Published>> Hub::publish_all_async(std::vector<Event> events,
                                                      PublishOptions options) {
  auto promise = std::make_shared<std::promise<Result<Published>>>();
  auto future = promise->get_future();
  publish_to(
      *impl_->core, std::move(events), std::move(options),
      [promise](Result<Published> result) { promise->set_value(std::move(result)); },
      ToldOn::kLogThread);
  return future;
}

Result<Published> Hub::publish_and_wait(Event event, PublishOptions options) {
  return publish_async(std::move(event), std::move(options)).get();
}

Result<Published> Hub::publish_all_and_wait(std::vector<Event> events, PublishOptions options) {
  return publish_all_async(std::move(events), std::move(options)).get();
}

Result<Subscription> Hub::subscribe(SubscribeOptions options, SubscriptionHandlers handlers) {
  if (!handlers.on_event) return embed::misuse("A subscription needs on_event");
  return embed::subscribe(impl_->core, options, std::move(handlers));
}

std::string Hub::cursor() const {
  std::string cursor;
  impl_->core->enter([&](Core& core) {
    const auto& log = core.hub().log();
    cursor = proto::to_string({log.epoch(), log.head()});
  });
  return cursor;
}

std::uint64_t Hub::subscribers() const {
  std::uint64_t count = 0;
  impl_->core->enter([&](Core& core) { count = core.hub().subscribers(); });
  return count;
}

}  // namespace weir
