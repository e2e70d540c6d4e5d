#include "apps/task_feed/progress_pace.hpp"

namespace weir::apps::task_feed {

std::optional<proto::Event> ProgressPace::offer(const std::string& task, proto::Event progress,
                                                Time now, std::uint32_t per_second) {
  const auto found = entries_.find(task);
  if (found != entries_.end()) {
    auto& held = found->second.held;
    if (held) metrics_.progress_left_out.add();
    held = std::move(progress);
    return std::nullopt;
  }
  const std::chrono::milliseconds gap(1'000 / per_second);
  due_.emplace(now + gap, task);
  entries_.emplace(task, Entry{gap, std::nullopt});
  metrics_.progress_told.add();
  return progress;
}

std::vector<proto::Event> ProgressPace::take_due(Time now) {
  std::vector<proto::Event> out;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto task = due_.extract(due_.begin()).value().second;
    const auto found = entries_.find(task);
    auto& entry = found->second;
    if (!entry.held) {
      entries_.erase(found);
      continue;
    }
    out.push_back(std::move(*entry.held));
    entry.held.reset();
    due_.emplace(now + entry.gap, task);
    metrics_.progress_told.add();
  }
  return out;
}

void ProgressPace::forget(const std::string& task) {
  const auto found = entries_.find(task);
  if (found == entries_.end() || !found->second.held) return;
  found->second.held.reset();
  metrics_.progress_left_out.add();
}

std::optional<ProgressPace::Time> ProgressPace::due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace weir::apps::task_feed
