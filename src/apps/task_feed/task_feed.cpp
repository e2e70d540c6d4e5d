#include "apps/task_feed/task_feed.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "apps/once.hpp"
#include "apps/start_commit.hpp"
#include "apps/task_feed/counted_state.hpp"
#include "apps/task_feed/keeper.hpp"
#include "apps/task_feed/progress_teller.hpp"
#include "apps/task_feed/store.hpp"
#include "base/blocking_queue.hpp"

namespace weir::apps::task_feed {

using base::Result;
using std::chrono::milliseconds;

/// What the threads share. The log's answers find it by the queue, which refuses them once closed.
class TaskFeed::Run {
 public:
  Run(hub::Hub& hub, Metrics& metrics, const base::TaskFeedSettings& settings)
      : hub_(hub),
        metrics_(metrics),
        windows_(settings.memory_bytes, {settings.active_max, settings.completed_max}),
        progress_(metrics,
                  [&hub](std::vector<proto::Event> events) {
                    hub.publish_now({.events = std::move(events), .idempotency_key = {}},
                                    [](const Result<hub::Published>&) {});
                  }),
        claims_(metrics),
        keeper_({.clock = &hub.clock(),
                 .commit = [this](Keeper::Work work, std::function<void(Result<>)> done) {
                   change(std::move(work), [this, done = std::move(done)](const Result<>& outcome) {
                     post([done, outcome] { done(outcome); });
                   });
                 }}) {}

  /// Blocks; before any other thread knows of this.
  Result<> prepare() {
    return commit_at_start(hub_, [](log::State& state) -> Result<> {
      if (auto done = store::prepare(state); !done) return done;
      return once::prepare(state);
    });
  }

  void start() {
    thread_ = std::thread([this] { keep(); });
  }

  void stop() {
    // Who waits is sent home while there are shards to answer them.
    post([this] {
      claims_.close();
      stopping_ = true;
    });
    thread_.join();
    queue_.close();
  }

  void drain() {
    post([this] { claims_.close(); });
  }

  /// `done` runs on the log thread.
  void change(Work work, Done done) {
    auto effects = std::make_shared<Effects>();
    hub_.change_now(
        [this, work = std::move(work), effects,
         settings = hub_.settings()](log::Transaction& transaction) {
          CountedState state(transaction.state(), metrics_);
          auto outcome =
              work({transaction, state, settings->task_feed, windows_, ids_, *effects, metrics_});
          progress_.overtake(effects->told);
          return outcome;
        },
        [this, effects, done = std::move(done)](const Result<>& outcome) {
          see_to(outcome, *effects);
          done(outcome);
        });
  }

  void answer(std::size_t shard, base::Task task) { hub_.shard(shard).answer(std::move(task)); }

  void wait_for_task(std::uint64_t seen, ClaimWaiter waiter) {
    post([this, seen, waiter = std::move(waiter)]() mutable {
      // Offered since it looked, perhaps before it could be heard of here.
      if (offers_.load() != seen) return waiter.wake(ClaimWaiter::End::kAgain, {});
      claims_.wait(std::move(waiter), hub_.settings()->task_feed.claims_waiting_max);
    });
  }

  void leave(std::uint64_t waiter) {
    post([this, waiter] { claims_.leave(waiter); });
  }

  void pass_on(const std::string& owner) {
    post([this, owner] { claims_.offer(owner); });
  }

  std::uint64_t offers() const { return offers_.load(); }
  Windows& windows() { return windows_; }

 private:
  /// The log thread, before the next commit begins: whose windows these are, readers may know now.
  void see_to(const Result<>& outcome, Effects& effects) {
    for (const auto& [owner, window] : effects.windows) {
      if (outcome) {
        windows_.settle(owner, window);
      } else {
        windows_.drop(owner);
      }
    }
    if (!outcome) return;
    offers_ += effects.offered.size();
    if (!tell_progress(effects) && effects.due == 0 && effects.offered.empty()) return;
    post([this, due = effects.due, offered = std::move(effects.offered)] {
      keeper_.note_due(due);
      for (const auto& owner : offered) claims_.offer(owner);
    });
  }

  /// Whether the keeper has to look at the clock again.
  bool tell_progress(Effects& effects) {
    bool held = false;
    for (auto& each : effects.progress) {
      const auto& owner = each.task->owner;
      // Later changes of the same commit have moved it on; memory may have dropped it.
      auto newest = windows_.newest(owner);
      if (newest == nullptr) newest = effects.windows.at(owner);
      held |= progress_.tell(std::move(each), *newest, hub_.clock().steady(),
                             hub_.settings()->task_feed.progress_per_second);
    }
    return held;
  }

  // From here on the keeper's thread.
  void post(base::Task task) { (void)queue_.push(std::move(task)); }

  void keep() {
    while (!stopping_) {
      queue_.wait_for(time_left());
      for (auto& task : queue_.take_all()) task();
      if (stopping_) return;
      progress_.step(hub_.clock().steady());
      claims_.give_up(hub_.clock().steady());
      keeper_.step();
    }
  }

  milliseconds time_left() const {
    // The calendar may be set meanwhile; it is looked at again after a minute at most.
    constexpr milliseconds kLongest{60'000};
    auto time = kLongest;
    if (const auto due = keeper_.due()) {
      time = std::min(time, milliseconds(*due - hub_.clock().unix_millis()));
    }
    for (const auto due : {progress_.due(), claims_.due()}) {
      if (!due) continue;
      time = std::min(time, std::chrono::ceil<milliseconds>(*due - hub_.clock().steady()));
    }
    return std::max(time, milliseconds(0));
  }

  hub::Hub& hub_;
  Metrics& metrics_;
  Windows windows_;
  std::atomic<std::uint64_t> offers_{0};
  Ids ids_;  ///< The log thread's.
  base::BlockingQueue<base::Task> queue_;
  ProgressTeller progress_;
  // The keeper's thread's own.
  ClaimQueue claims_;
  Keeper keeper_;
  bool stopping_ = false;
  std::thread thread_;
};

TaskFeed::TaskFeed() = default;
TaskFeed::~TaskFeed() = default;

Result<> TaskFeed::start(hub::Hub& hub, const base::Settings& settings) {
  if (!settings.task_feed.enabled) return {};
  auto run = std::make_unique<Run>(hub, metrics_, settings.task_feed);
  if (auto prepared = run->prepare(); !prepared) return prepared;
  run_ = std::move(run);
  run_->start();
  return {};
}

void TaskFeed::drain() {
  if (run_ != nullptr) run_->drain();
}

void TaskFeed::stop() {
  if (run_ == nullptr || std::exchange(stopped_, true)) return;
  run_->stop();
}

void TaskFeed::add_figures(std::vector<base::Figure>& out) const {
  if (run_ == nullptr) return;
  task_feed::add_figures(metrics_, out);
  const auto held = run_->windows().held();
  out.push_back(
      {"weir_task_feed_windows", false, "Windows of owners that memory holds.", held.owners});
  out.push_back({"weir_task_feed_windows_bytes", false, "What they take.", held.bytes});
}

void TaskFeed::change(std::size_t from, Work work, Done done) {
  run_->change(std::move(work),
               [run = run_.get(), from, done = std::move(done)](const Result<>& outcome) {
                 run->answer(from, [done, outcome] { done(outcome); });
               });
}

void TaskFeed::change_now(Work work, Done done) { run_->change(std::move(work), std::move(done)); }

std::uint64_t TaskFeed::offers() const { return run_->offers(); }

void TaskFeed::wait_for_task(std::uint64_t offers, ClaimWaiter waiter) {
  run_->wait_for_task(offers, std::move(waiter));
}

void TaskFeed::leave(std::uint64_t waiter) { run_->leave(waiter); }

void TaskFeed::pass_on(const std::string& owner) { run_->pass_on(owner); }

Windows& TaskFeed::windows() { return run_->windows(); }

}  // namespace weir::apps::task_feed
