#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "apps/notifications/metrics.hpp"
#include "apps/view/ids.hpp"
#include "base/settings.hpp"
#include "log/log.hpp"
#include "proto/event.hpp"

namespace weir::apps::notifications {

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
