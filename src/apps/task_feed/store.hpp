#pragma once

// The tables of the task feed, in the log's own store: rows and the totals beside them ride in the
// same commits as the events that tell of them. All calls with the state of a transaction, or
// (those that only read) of log::Log::read_state.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/task_feed/task.hpp"
#include "apps/task_feed/window.hpp"
#include "base/result.hpp"
#include "log/log.hpp"

namespace weir::apps::task_feed {

/// What is kept beside a task: each a JSON text, or "".
struct Extras {
  std::string data;             ///< What its worker is to work on.
  std::string product;          ///< All that is known of the product.
  std::string characteristics;  ///< Of the product.
  std::string result;
};

/// A worker's time with a task.
struct Attempt {
  std::uint32_t number = 1;
  std::string worker;
  base::UnixMillis started_at = 0;
  base::UnixMillis ended_at = 0;
  std::string outcome;  ///< How it ended: the task's status then, or "lost".
  std::string error_message;
};

struct Stage {
  std::uint32_t attempt = 1;
  std::string name;
  base::UnixMillis started_at = 0;
  base::UnixMillis ended_at = 0;
};

namespace store {

/// Makes the tables if there are none.
base::Result<> prepare(log::State& state);

/// An owner's rev and totals; who never had a task has no row.
base::Result<Window> owner(log::State& state, const std::string& name);
base::Result<> save_owner(log::State& state, const std::string& name, const Window& window);
/// The whole window, or one of its lists.
base::Result<Window> window(log::State& state, const std::string& owner, WindowSize size);
base::Result<> fill_active(log::State& state, const std::string& owner, std::size_t limit,
                           Window& out);
base::Result<> fill_completed(log::State& state, const std::string& owner, std::size_t limit,
                              Window& out);

using Found = base::Result<std::optional<Task>>;
Found find(log::State& state, const std::string& id);
/// Of the request that made it.
base::Result<std::string> fingerprint(log::State& state, const std::string& id);
base::Result<> insert(log::State& state, const Task& task, const std::string& fingerprint);
base::Result<> update(log::State& state, const Task& task);
/// With everything that is kept beside it.
base::Result<> remove(log::State& state, const std::string& id);

/// Who made the task works on it, and no worker can claim it (Draft::driver).
base::Result<> set_driver(log::State& state, const std::string& id, const std::string& driver);
base::Result<bool> is_driven(log::State& state, const std::string& id);
/// Those whose tasks have not all ended, and the tasks of one that have not.
base::Result<std::vector<std::string>> open_drivers(log::State& state);
base::Result<std::vector<std::string>> open_tasks_of(log::State& state, const std::string& driver);

/// Where a page of a list begins: after this place. Without one, at the newest.
struct Place {
  base::UnixMillis position = INT64_MAX;
  std::string id;
};
/// Those with these statuses, newest first. The statuses are all of tasks that have ended, or none.
base::Result<std::vector<Task>> list(log::State& state, const std::string& owner,
                                     const std::vector<Status>& statuses, const Place& before,
                                     std::size_t limit);
/// The oldest that waits for a worker; of anybody with an empty owner.
Found oldest_pending(log::State& state, const std::string& owner);
/// The one of the owner's that ended first.
Found oldest_over(log::State& state, const std::string& owner);

/// Those whose deadline has come, and those that ended at `ended_by` or before; the earliest first.
base::Result<std::vector<Task>> lapsed(log::State& state, base::UnixMillis now, std::size_t limit);
base::Result<std::vector<Task>> retired(log::State& state, base::UnixMillis ended_by,
                                        std::size_t limit);
/// The earliest deadline; 0: there is none. And the earliest end.
base::Result<base::UnixMillis> next_deadline(log::State& state);
base::Result<base::UnixMillis> first_end(log::State& state);

base::Result<Extras> extras(log::State& state, const std::string& id);
base::Result<> save_extras(log::State& state, const std::string& id, const Extras& extras);

/// In the order of their numbers.
base::Result<std::vector<Attempt>> attempts(log::State& state, const std::string& id);
base::Result<> save_attempt(log::State& state, const std::string& id, const Attempt& attempt);
/// Ends the attempt and its last stage. Nothing where it never began.
base::Result<> end_attempt(log::State& state, const std::string& id, const Attempt& attempt);
base::Result<> forget_attempts(log::State& state, const std::string& id, std::uint32_t up_to);

/// In their order, those of all attempts.
base::Result<std::vector<Stage>> stages(log::State& state, const std::string& id);
base::Result<std::size_t> count_stages(log::State& state, const std::string& id,
                                       std::uint32_t attempt);
/// Ends the one before it.
base::Result<> begin_stage(log::State& state, const std::string& id, std::size_t position,
                           const Stage& stage);

}  // namespace store
}  // namespace weir::apps::task_feed
