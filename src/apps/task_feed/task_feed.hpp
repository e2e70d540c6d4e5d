#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "apps/task_feed/claim_queue.hpp"
#include "apps/task_feed/commit.hpp"
#include "apps/task_feed/metrics.hpp"
#include "base/figure.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "hub/hub.hpp"

namespace weir::apps::task_feed {

/// The task feed of a server: what turns requests into commits, and a keeper on a thread of its own
/// for what time brings.
///
/// Any thread may call what is between `change` and `windows`; the rest is the main thread's.
class TaskFeed {
 public:
  using Work = std::function<base::Result<>(const Commit&)>;
  using Done = std::function<void(const base::Result<>&)>;

  TaskFeed();
  /// After the log, which may report to it until then.
  ~TaskFeed();
  TaskFeed(const TaskFeed&) = delete;
  TaskFeed& operator=(const TaskFeed&) = delete;

  /// Makes the tables and begins; blocks until they are there. `hub` must be attached to its log;
  /// it outlives the run, which is until `stop`. Nothing where the settings say so. kStorageFull,
  /// kStorageFailed.
  base::Result<> start(hub::Hub& hub, const base::Settings& settings);
  /// Sends home the workers that wait for a task.
  void drain();
  /// Ends the thread. Waits for nobody outside.
  void stop();
  bool enabled() const { return run_ != nullptr; }
  void add_figures(std::vector<base::Figure>& out) const;

  /// Runs `work` in one commit, sees to its effects, and calls `done` on the thread of shard
  /// `from`.
  void change(std::size_t from, Work work, Done done);
  /// The same for who has no shard: `done` runs on the log thread.
  void change_now(Work work, Done done);
  /// How many offers of tasks there have been: inside a commit, before it looks for one.
  std::uint64_t offers() const;
  /// For a worker that is going to wait.
  std::uint64_t new_waiter() { return ++waiters_; }
  /// Wakes the worker when a task is offered, also if one was after `offers`. Its `wake` runs on
  /// the keeper's thread.
  void wait_for_task(std::uint64_t offers, ClaimWaiter waiter);
  /// It has gone: from the next task on nobody is woken for it.
  void leave(std::uint64_t waiter);
  /// One that was offered a task of this owner's has not taken it.
  void pass_on(const std::string& owner);
  Windows& windows();
  Metrics& metrics() { return metrics_; }

 private:
  class Run;

  Metrics metrics_;
  std::unique_ptr<Run> run_;
  bool stopped_ = false;
  std::atomic<std::uint64_t> waiters_{0};
};

}  // namespace weir::apps::task_feed
