#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/task_feed/metrics.hpp"
#include "apps/task_feed/windows.hpp"
#include "apps/view/ids.hpp"
#include "base/settings.hpp"
#include "log/log.hpp"
#include "proto/event.hpp"

namespace weir::apps::task_feed {

/// Something that who watches is told in passing, at a bounded rate.
struct ProgressTold {
  TaskPtr task;
  proto::Event event;  ///< Ephemeral.
};

/// What a commit leaves to be done once it is durable.
struct Effects {
  std::map<std::string, WindowPtr> windows;  ///< By owner, as they are now.
  std::vector<ProgressTold> progress;
  std::vector<std::string> told;     ///< Tasks of which an event tells more than their progress.
  std::vector<std::string> offered;  ///< Owners of tasks that may be claimed now.
  base::UnixMillis due = 0;          ///< When the clock has something to do; 0: nothing new.

  void note_due(base::UnixMillis time) {
    if (time != 0 && (due == 0 || time < due)) due = time;
  }
};

/// What the commands of one commit work with. Log thread, inside `apply`.
struct Commit {
  log::Transaction& transaction;
  log::State& state;  ///< Its tables.
  const base::TaskFeedSettings& settings;
  Windows& windows;
  Ids& ids;
  Effects& effects;
  Metrics& metrics;

  base::UnixMillis now() const { return transaction.now(); }
};

}  // namespace weir::apps::task_feed
