#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/task_feed/commit.hpp"
#include "apps/task_feed/metrics.hpp"
#include "apps/task_feed/progress_pace.hpp"
#include "base/guarded.hpp"

namespace weir::apps::task_feed {

/// Tells of progress in its place among the changes, though it is no part of a commit: never after
/// an event that knows more, never backwards.
///
/// Two rules make that so. What a commit tells of a task is announced here before the commit's
/// events are on their way, which takes back what was held; and progress is told by the log thread
/// only while it is the newest that is known of the task. `publish` is called under the lock, so
/// that nothing comes between the decision and the telling: it must not block.
class ProgressTeller {
 public:
  using Publish = std::function<void(std::vector<proto::Event> events)>;

  ProgressTeller(Metrics& metrics, Publish publish)
      : metrics_(metrics), publish_(std::move(publish)), pace_(ProgressPace(metrics)) {}

  // Log thread.
  /// Inside a commit: its events tell of these tasks.
  void overtake(const std::vector<std::string>& tasks);
  /// After the commit; `newest` is the owner's window as the changes so far have left it. Whether
  /// `due` may be another one.
  bool tell(ProgressTold progress, const Window& newest, ProgressPace::Time now,
            std::uint32_t per_second);

  // The keeper's thread.
  /// Tells what was held back and may be told by now.
  void step(ProgressPace::Time now);
  std::optional<ProgressPace::Time> due() const;

 private:
  Metrics& metrics_;
  Publish publish_;
  base::Guarded<ProgressPace> pace_;
};

}  // namespace weir::apps::task_feed
