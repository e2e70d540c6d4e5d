#pragma once

#include <functional>
#include <optional>

#include "apps/task_feed/commit.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace weir::apps::task_feed {

/// What happens to tasks although nobody asks: those whose worker is silent stall, and old ones are
/// removed. The times are in the tables, from which it goes on after a restart; until the next of
/// them it asks nothing. Knows neither threads nor sockets. All calls on one thread.
class Keeper {
 public:
  using Work = std::function<base::Result<>(const Commit&)>;
  struct Context {
    const base::Clock* clock = nullptr;
    /// Runs the work in one commit; `done` is called on the keeper's thread, and not at all once
    /// the keeper is closed.
    std::function<void(Work work, std::function<void(base::Result<>)> done)> commit;
  };

  explicit Keeper(Context context) : context_(std::move(context)) {}

  /// There is something to do at that time (Effects::due).
  void note_due(base::UnixMillis time);
  /// Does what is due.
  void step();
  /// When `step` has something to do although nothing happens; in the past: now.
  std::optional<base::UnixMillis> due() const;

 private:
  struct Turn {
    bool more = false;  ///< It did as much as one commit may.
    base::UnixMillis next_due = 0;
  };
  void finished(const base::Result<>& outcome, const Turn& turn);

  Context context_;
  bool busy_ = false;         ///< A commit is under way.
  bool failing_ = false;      ///< Said once.
  base::UnixMillis due_ = 1;  ///< At the start everything is looked at. 0: nothing.
};

}  // namespace weir::apps::task_feed
