#include "apps/task_feed/progress_teller.hpp"

#include <utility>

namespace weir::apps::task_feed {
namespace {

/// Whether nothing was said of the task since.
bool is_newest(const Task& told, const Window& window) {
  const auto now = window.find(told.id);
  return now != nullptr && now->status == told.status && now->attempt == told.attempt &&
         now->progress == told.progress && now->current_stage == told.current_stage;
}

}  // namespace

void ProgressTeller::overtake(const std::vector<std::string>& tasks) {
  if (tasks.empty()) return;
  pace_.with([&](ProgressPace& pace) {
    for (const auto& task : tasks) pace.forget(task);
  });
}

bool ProgressTeller::tell(ProgressTold progress, const Window& newest, ProgressPace::Time now,
                          std::uint32_t per_second) {
  return pace_.with([&](ProgressPace& pace) {
    if (!is_newest(*progress.task, newest)) {
      metrics_.progress_left_out.add();
      return false;
    }
    auto event = pace.offer(progress.task->id, std::move(progress.event), now, per_second);
    if (event) publish_({std::move(*event)});
    return true;
  });
}

void ProgressTeller::step(ProgressPace::Time now) {
  pace_.with([&](ProgressPace& pace) {
    auto events = pace.take_due(now);
    if (!events.empty()) publish_(std::move(events));
  });
}

std::optional<ProgressPace::Time> ProgressTeller::due() const {
  return pace_.with([](const ProgressPace& pace) { return pace.due(); });
}

}  // namespace weir::apps::task_feed
