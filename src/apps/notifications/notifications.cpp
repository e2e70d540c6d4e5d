#include "apps/notifications/notifications.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "apps/notifications/audience.hpp"
#include "apps/notifications/keeper.hpp"
#include "apps/notifications/store.hpp"
#include "apps/notifications/told_before.hpp"
#include "apps/notifications/types.hpp"
#include "apps/once.hpp"
#include "apps/start_commit.hpp"
#include "base/blocking_queue.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "client/interrupt.hpp"

namespace weir::apps::notifications {

using base::Result;
using std::chrono::milliseconds;

/// What the threads share. The log's answers find it by the queue, which refuses them once closed.
class Notifications::Run {
 public:
  Run(hub::Hub& hub, Metrics& metrics, Channels channels, std::uint32_t workers_max)
      : hub_(hub),
        metrics_(metrics),
        channels_(std::move(channels)),
        workers_max_(workers_max),
        keeper_({.clock = &hub.clock(),
                 .commit =
                     [this](Keeper::Work work, std::function<void(Result<>)> done) {
                       commit(std::move(work), std::move(done));
                     },
                 .carry = [this](Delivery delivery) { carry(std::move(delivery)); },
                 .settings = [this] { return hub_.settings()->notifications; },
                 .workers = workers_max,
                 .seed = base::random_seed()},
                metrics) {
    for (const auto& [name, channel] : channels_) {
      names_.insert(name);
      pools_.try_emplace(name).first->second.channel = channel.get();
    }
  }

  /// Blocks; before any other thread knows of this.
  Result<> prepare() {
    return commit_at_start(hub_, [this](log::State& state) -> Result<> {
      for (auto* const make : {told_before::prepare, store::prepare, types::prepare,
                               audience::prepare, deliveries::prepare, once::prepare}) {
        if (auto done = make(state); !done) return done;
      }
      auto last = store::last_id(state);
      if (!last) return last.error();
      ids_.start_after(*last);
      return {};
    });
  }

  void start() {
    thread_ = std::thread([this] { keep(); });
  }

  void stop() {
    interrupt_.trigger();
    for (auto& [name, pool] : pools_) pool.deliveries.close();
    post([this] { stopping_ = true; });
    thread_.join();
    for (auto& [name, pool] : pools_) {
      for (auto& worker : pool.workers) worker.join();
    }
    tasks_.close();
  }

  using Done = std::function<void(const Result<>&)>;

  void change(std::size_t from, Keeper::Work work, Done done) {
    auto effects = std::make_shared<Effects>();
    hub_.change(from, in_commit(std::move(work), effects), after(effects, std::move(done)));
  }

  void change_now(Keeper::Work work, Done done) {
    auto effects = std::make_shared<Effects>();
    hub_.change_now(in_commit(std::move(work), effects), after(effects, std::move(done)));
  }

 private:
  std::function<Result<>(log::Transaction&)> in_commit(Keeper::Work work,
                                                       std::shared_ptr<Effects> effects) {
    return [this, work = std::move(work), effects = std::move(effects),
            settings = hub_.settings()](log::Transaction& transaction) {
      *effects = {};
      return work({transaction, settings->notifications, names_, ids_, *effects, metrics_});
    };
  }

  Done after(std::shared_ptr<Effects> effects, Done done) {
    return [this, effects = std::move(effects), done = std::move(done)](const Result<>& outcome) {
      see_to(outcome, *effects);
      done(outcome);
    };
  }

  void see_to(const Result<>& outcome, Effects& effects) {
    if (!outcome) return;
    if (!effects.alerts.empty()) {
      hub_.publish_now({.events = std::move(effects.alerts), .idempotency_key = {}},
                       [](const Result<hub::Published>&) {});
    }
    if (effects.due != 0) {
      post([this, due = effects.due] { keeper_.note_due(due); });
    }
  }

  /// The keeper's thread.
  void commit(Keeper::Work work, std::function<void(Result<>)> done) {
    change_now(std::move(work), [this, done = std::move(done)](const Result<>& outcome) {
      post([done, outcome] { done(outcome); });
    });
  }

  void post(base::Task task) { (void)tasks_.push(std::move(task)); }

  void keep() {
    while (!stopping_) {
      wait();
      for (auto& task : tasks_.take_all()) task();
      if (!stopping_) keeper_.step();
    }
  }

  void wait() {
    constexpr milliseconds kLongest{60'000};
    auto time = kLongest;
    if (const auto due = keeper_.due()) {
      // The calendar may be set meanwhile; it is looked at again after a minute at most.
      const milliseconds left(*due - hub_.clock().unix_millis());
      time = std::clamp(left, milliseconds(0), kLongest);
    }
    tasks_.wait_for(time);
  }

  /// The threads that make attempts through one channel. What waits for them waits in the keeper.
  struct Pool {
    const Channel* channel = nullptr;
    base::BlockingQueue<Delivery> deliveries;
    // The keeper's thread's own.
    std::size_t under_way = 0;
    std::vector<std::thread> workers;
  };

  /// The keeper's thread. A worker more when all are busy.
  void carry(Delivery delivery) {
    const auto at = pools_.find(delivery.channel);
    if (at == pools_.end()) {
      return post([this, delivery = std::move(delivery)]() mutable {
        keeper_.attempt_ended(std::move(delivery),
                              Outcome{.reason = "the channel is not set up any more"},
                              hub_.clock().unix_millis());
      });
    }
    auto& pool = at->second;
    if (!pool.deliveries.push(std::move(delivery))) return;
    ++pool.under_way;
    if (pool.under_way > pool.workers.size() && pool.workers.size() < workers_max_) {
      pool.workers.emplace_back([this, &pool] { work(pool); });
    }
  }

  void work(Pool& pool) {
    while (auto delivery = pool.deliveries.pop()) {
      if (interrupt_.triggered()) continue;
      const auto began = hub_.clock().unix_millis();
      auto outcome = pool.channel->send(*delivery, interrupt_);
      // Broken off by the end of the server, and nobody's fault.
      if (interrupt_.triggered() && outcome.kind == Outcome::Kind::kFailed) continue;
      post([this, &pool, delivery = std::move(*delivery), outcome = std::move(outcome),
            began]() mutable {
        --pool.under_way;
        keeper_.attempt_ended(std::move(delivery), outcome, began);
      });
    }
  }

  hub::Hub& hub_;
  Metrics& metrics_;
  const Channels channels_;
  std::set<std::string> names_;
  std::uint32_t workers_max_;
  Ids ids_;  ///< The log thread's.
  base::BlockingQueue<base::Task> tasks_;
  std::map<std::string, Pool, std::less<>> pools_;
  client::Interrupt interrupt_;
  // The keeper's thread's own.
  Keeper keeper_;
  bool stopping_ = false;
  std::thread thread_;
};

Notifications::Notifications() = default;
Notifications::~Notifications() = default;

Result<> Notifications::check(const base::Settings& settings) {
  auto apart = settings;
  // Keys are made in memory then.
  apart.data_dir.clear();
  std::string push_key;
  if (auto made = make_channels(apart, base::system_clock(), push_key); !made) return made.error();
  return {};
}

Result<> Notifications::start(hub::Hub& hub, const base::Settings& settings) {
  auto channels = make_channels(settings, hub.clock(), push_key_);
  if (!channels) return channels.error();
  auto run =
      std::make_unique<Run>(hub, metrics_, std::move(*channels), settings.notifications.workers);
  if (auto prepared = run->prepare(); !prepared) return prepared;
  run_ = std::move(run);
  run_->start();
  return {};
}

void Notifications::stop() {
  if (run_ == nullptr || std::exchange(stopped_, true)) return;
  run_->stop();
}

void Notifications::change(std::size_t from, std::function<Result<>(const Commit&)> work,
                           std::function<void(const Result<>&)> done) {
  run_->change(from, std::move(work), std::move(done));
}

void Notifications::change_now(std::function<Result<>(const Commit&)> work,
                               std::function<void(const Result<>&)> done) {
  run_->change_now(std::move(work), std::move(done));
}

}  // namespace weir::apps::notifications
