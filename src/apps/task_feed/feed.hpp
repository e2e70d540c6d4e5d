#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "apps/task_feed/commit.hpp"
#include "apps/task_feed/request.hpp"
#include "apps/task_feed/store.hpp"
#include "apps/task_feed/task.hpp"
#include "apps/task_feed/window.hpp"
#include "base/result.hpp"

namespace weir::apps::task_feed {

/// What became of a draft.
struct Made {
  Task task;
  bool repeated = false;  ///< It was made before, by the same request.
};

/// Whether a worker has to say something from time to time.
enum class Heart : std::uint8_t { kBeats, kNone };

/// One owner's tasks inside one commit: every command changes rows, totals and the window, and
/// appends the events that tell of it. All events of one change have the same `rev`, the next one
/// after that of the change before, and the totals as they are when it is done. Log thread, inside
/// `apply`.
class Feed {
 public:
  /// Opens the owner's feed, runs the commands, and saves what they have made of it.
  static base::Result<> with(const Commit& commit, const std::string& owner,
                             const std::function<base::Result<>(Feed&)>& commands);

  /// A draft with an id that was made before is answered with that task. kTaskConflict,
  /// kTooManyTasks.
  base::Result<Made> create(const Draft& draft);
  /// Gives the task to a worker, with a number for its attempt. kTaskConflict unless it is pending
  /// or stalled.
  base::Result<Task> claim(const Task& task, const std::string& worker);
  /// Its worker has gone before it could hear of the task: the queue has it again, as another
  /// attempt. kTaskConflict unless that attempt is under way.
  base::Result<Task> give_back(const Task& task, std::uint32_t attempt);

  // What the worker says; kStaleAttempt if it is one of an earlier attempt.
  base::Result<Task> heartbeat(const Task& task, const Report& report);
  /// Takes a task up that is pending. kTaskConflict for one that has ended.
  base::Result<Task> progress(const Task& task, const Report& report, Heart heart);
  /// Once more is as once.
  base::Result<Task> complete(const Task& task, const Report& report);
  base::Result<Task> fail(const Task& task, const Report& report);

  // What the owner says. Once more is as once.
  base::Result<Task> cancel(const Task& task);
  /// Another attempt, from the beginning. kTaskConflict unless it has failed, was cancelled or is
  /// stalled, and for one that its maker works on; kTooManyTasks.
  base::Result<Task> retry(const Task& task);

  // What time does.
  base::Result<> stall(const Task& task);
  base::Result<> retire(const Task& task);

  const Window& window() const { return window_; }

 private:
  Feed(const Commit& commit, std::string owner, Window window);

  enum class Way { kNew, kStored };
  base::Result<> put(const Task* before, Task& after, Way way, std::string_view event,
                     const std::string& fingerprint = {});
  base::Result<> start(Task& task, const std::string& worker, Heart heart);
  base::Result<Task> end(const Task& before, const Report& report, Status status,
                         std::string_view event);
  base::Result<> again(Task& task, std::string_view outcome);
  base::Result<Task> queue_again(const Task& before);
  base::Result<> enter_stage(Task& task, const Report& report);
  base::Result<> take_extras(Task& task, const Report& report);
  base::Result<> check_attempt(const Task& task, const Report& report) const;
  base::Result<> check_room() const;
  base::Result<> forget_oldest();
  base::Result<> tell(const TaskPtr& subject, bool gone, std::string_view event);
  void append(std::string_view event, const Task& task);
  void tell_progress(const Task& task);
  base::UnixMillis deadline_from_now() const;

  Commit commit_;
  std::string owner_;
  Window window_;
};

/// Finds the task, of this owner unless that is empty, and runs the command in its feed. kNotFound.
base::Result<> with_task(const Commit& commit, const std::string& id, const std::string& owner,
                         const std::function<base::Result<>(Feed&, const Task&)>& command);

/// What time does: at most `limit` tasks that are due. Whether that was all.
base::Result<bool> step_due(const Commit& commit, std::size_t limit);
/// When it does something next; 0: never.
base::Result<base::UnixMillis> next_due(const Commit& commit);

}  // namespace weir::apps::task_feed
