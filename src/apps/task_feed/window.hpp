#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/task_feed/task.hpp"

namespace weir::apps::task_feed {

/// What is shown of an owner's tasks: the newest of those under way, the last of those that have
/// ended, and how many there are of each. Immutable once it is shared.
struct Window {
  std::uint64_t rev = 0;
  Totals totals;
  std::vector<TaskPtr> active;
  std::vector<TaskPtr> completed;

  std::vector<TaskPtr>& list_of(const Task& task) {
    return is_over(task.status) ? completed : active;
  }
  /// Null: it is in neither list.
  TaskPtr find(std::string_view id) const;
  /// About what it takes in memory.
  std::size_t bytes() const;
};
using WindowPtr = std::shared_ptr<const Window>;

/// How many a window shows.
struct WindowSize {
  std::size_t active = 10;
  std::size_t completed = 5;
};

/// Puts the task where it belongs now, in place of what was there of it, and leaves out what is too
/// much. A list from which something is taken may be short afterwards.
void place(Window& window, const TaskPtr& task, WindowSize size);
/// Takes it out of both lists.
void take_out(Window& window, std::string_view id);

/// The window as `GET /api/task-feed` and `event: snapshot` tell it, but for its cursor and the
/// braces.
std::string window_members(std::string_view owner, const Window& window);

}  // namespace weir::apps::task_feed
