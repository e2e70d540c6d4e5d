#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/notifications/commit.hpp"
#include "apps/notifications/deliveries.hpp"
#include "apps/notifications/lanes.hpp"
#include "apps/webhooks/attempt.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/task.hpp"

namespace weir::apps::notifications {

/// What happens to notifications although nobody asks: they come due, broadcasts go on, what is old
/// is removed, and deliveries are tried until they are taken or given up. Everything is in the
/// tables, from which it goes on after a restart. Knows neither threads nor sockets: the clock, and
/// who makes an attempt, come from outside. All calls on one thread, the keeper's.
class Keeper {
 public:
  using Work = std::function<base::Result<>(const Commit&)>;
  struct Context {
    const base::Clock* clock = nullptr;
    /// Runs the work in one commit; `done` is called on the keeper's thread, and not at all once
    /// the keeper is closed.
    std::function<void(Work work, std::function<void(base::Result<>)> done)> commit;
    /// Begins an attempt, which ends in a call of `attempt_ended`; of each channel at most as many
    /// at once as it has workers.
    std::function<void(Delivery)> carry;
    std::function<base::NotificationSettings()> settings;
    std::size_t workers = 1;  ///< Of each channel.
    std::uint64_t seed = 0;
  };

  Keeper(Context context, Metrics& metrics)
      : context_(std::move(context)),
        metrics_(metrics),
        random_(context_.seed),
        lanes_(context_.workers) {}

  /// There is something to do at that time (Effects::due).
  void note_due(base::UnixMillis time);
  void attempt_ended(Delivery delivery, const Outcome& outcome, base::UnixMillis began);

  /// Does everything that can be done now. Call after each of the above, and when `due` has come.
  void step();
  /// When `step` has something to do although nothing happens; in the past: now.
  std::optional<base::UnixMillis> due() const;

 private:
  /// What one commit has found and done.
  struct Turn {
    std::vector<Delivery> to_send;
    bool more = false;     ///< It did as much as one commit may; there is more.
    bool older = false;    ///< So with what is removed by age.
    bool waiting = false;  ///< More deliveries are due than there is room for.
    base::UnixMillis next_due = 0;
    std::uint64_t broadcasts = 0;
    std::int64_t broadcast = 0;  ///< The one that was stepped.
    std::uint64_t put_off = 0;
  };

  // Inside a commit, on the log thread.
  static base::Result<> run(const Commit& commit, Lanes lanes, bool retention,
                            std::int64_t broadcast, Turn& turn);
  static base::Result<> pick(const Commit& commit, std::string_view channel, Lanes& lanes,
                             Turn& turn);

  void begin_what_may();
  /// `retention`: when what is too old was looked for; 0: it was not.
  void finished(const base::Result<>& outcome, base::UnixMillis retention, Turn turn);
  void settle(Delivery& delivery, const Outcome& outcome, base::UnixMillis now);
  void save(const Delivery& delivery, bool gone);

  Context context_;
  Metrics& metrics_;
  base::Random random_;
  bool busy_ = false;         ///< A commit is under way.
  bool failing_ = false;      ///< Said once.
  bool waiting_ = false;      ///< Deliveries, until there is room.
  base::UnixMillis due_ = 1;  ///< At the start everything is looked at. 0: nothing.
  base::UnixMillis retention_due_ = 0;
  std::int64_t broadcast_ = 0;  ///< Whose turn it was last.
  Lanes lanes_;                 ///< Of what waits, is on its way, or its outcome is.
  /// Waits for a worker, since when.
  struct Waiting {
    Delivery delivery;
    base::UnixMillis since;
  };
  std::list<Waiting> queue_;
};

}  // namespace weir::apps::notifications
