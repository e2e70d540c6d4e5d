#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/console/sample.hpp"
#include "api/console/topic_changes.hpp"
#include "base/clock.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"

namespace weir::api {

/// Looks at the server once a second: notes its figures in the history, and tells them, and what
/// has changed of topics and connections, to the subscribers of `$weir/metrics`, `$weir/topics` and
/// `$weir/connections`, while there are any. What it tells are ephemeral events: they are delivered
/// as all others are, and are in no log.
///
/// One for the server, on the thread of its first shard.
class Sampler {
 public:
  /// Before the shards run. All outlive it, and it outlives the log.
  Sampler(hub::Hub& hub, ServerStatus& status);

  /// Call at least as often as it looks.
  void tick();

 private:
  struct Listeners {
    bool metrics = false;
    bool topics = false;
    bool connections = false;
  };

  void look();
  void tell(const Listeners& listeners);
  void tell_connections();
  void tell_topics();
  void publish_topics(std::chrono::milliseconds interval, TopicChanges::Taken taken,
                      std::vector<log::TopicInfo> topics);
  void publish(std::string_view topic, std::string_view type, std::string data);

  hub::Hub& hub_;
  ServerStatus& status_;
  TopicChanges changes_;
  base::Clock::Steady next_;
  log::Log::CommitTimes times_;
  MetricsHistory::Sample newest_;
  std::optional<ConnectionCounts> told_;  ///< Nothing while nobody listens.
  base::Clock::Steady counting_since_{};  ///< From when on what is published is counted.
};

}  // namespace weir::api
