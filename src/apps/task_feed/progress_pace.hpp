#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/task_feed/metrics.hpp"
#include "base/clock.hpp"
#include "proto/event.hpp"

namespace weir::apps::task_feed {

/// How often each task's progress is told: the first at once, then so many a second, and always the
/// last. Keeps nothing of a task that has been quiet for that long. One thread at a time.
class ProgressPace {
 public:
  using Time = base::Clock::Steady;

  explicit ProgressPace(Metrics& metrics) : metrics_(metrics) {}

  /// What is to be sent now.
  std::optional<proto::Event> offer(const std::string& task, proto::Event progress, Time now,
                                    std::uint32_t per_second);
  /// What may be sent by now of what was held back.
  std::vector<proto::Event> take_due(Time now);
  /// Something else tells more of the task: what is held back is out of date.
  void forget(const std::string& task);
  std::optional<Time> due() const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::chrono::milliseconds gap;
    std::optional<proto::Event> held;
  };

  Metrics& metrics_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::set<std::pair<Time, std::string>> due_;
};

}  // namespace weir::apps::task_feed
