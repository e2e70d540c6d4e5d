#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "apps/notifications/metrics.hpp"
#include "base/settings.hpp"
#include "log/log.hpp"
#include "proto/event.hpp"

namespace weir::apps::notifications {

/// Gives out ids: the time they are made at in the upper bits, so that they ascend, and are told
/// apart by age. Log thread.
class Ids {
 public:
  /// Everything up to here is taken.
  void start_after(std::int64_t last) { last_ = std::max(last_, last); }
  std::int64_t next(base::UnixMillis now) { return last_ = std::max(first_at(now), last_ + 1); }
  /// None that is made at `time` or later is below.
  static std::int64_t first_at(base::UnixMillis time) { return time << kBits; }

 private:
  static constexpr int kBits = 20;  ///< A million in a millisecond, and years to come.
  std::int64_t last_ = 0;
};

/// What a commit leaves to be done once it is durable.
struct Effects {
  std::vector<proto::Event> alerts;  ///< Ephemeral: shown, and not kept.
  base::UnixMillis due = 0;          ///< When the clock has something to do; 0: nothing new.

  void note_due(base::UnixMillis time) {
    if (time != 0 && (due == 0 || time < due)) due = time;
  }
};

/// What the commands of one commit work with. Log thread, inside `apply`.
struct Commit {
  log::Transaction& transaction;
  const base::NotificationSettings& settings;
  const std::set<std::string>& channels;  ///< That are set up.
  Ids& ids;
  Effects& effects;
  Metrics& metrics;

  log::State& state() const { return transaction.state(); }
  base::UnixMillis now() const { return transaction.now(); }
};

}  // namespace weir::apps::notifications
