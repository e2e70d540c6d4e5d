#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "apps/notifications/channels/channel.hpp"
#include "apps/notifications/commit.hpp"
#include "apps/notifications/metrics.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "hub/hub.hpp"

namespace weir::apps::notifications {

/// The notifications of a server: what turns requests into commits, a keeper on a thread of its own
/// for what time brings, and workers, each of which makes one attempt to deliver at a time.
///
/// Any thread may call `change` and `change_now`; the rest is the main thread's.
class Notifications {
 public:
  Notifications();
  /// After the log, which may report to it until then.
  ~Notifications();
  Notifications(const Notifications&) = delete;
  Notifications& operator=(const Notifications&) = delete;

  /// Finds what is wrong with the settings alone, and touches nothing. kBadConfiguration.
  static base::Result<> check(const base::Settings& settings);

  /// Reads what the settings name, makes the tables and begins; blocks until the tables are there.
  /// `hub` must be attached to its log; it outlives the run, which is until `stop`.
  /// kBadConfiguration, kStorageFull, kStorageFailed.
  base::Result<> start(hub::Hub& hub, const base::Settings& settings);
  /// Breaks off what is under way (it is done again after the next start) and ends the threads.
  /// Waits for nobody outside.
  void stop();

  /// Runs `work` in one commit, sees to its effects, and calls `done` on the thread of shard
  /// `from`.
  void change(std::size_t from, std::function<base::Result<>(const Commit&)> work,
              std::function<void(const base::Result<>&)> done);
  /// The same for who has no shard: `done` runs on the log thread; it must not block.
  void change_now(std::function<base::Result<>(const Commit&)> work,
                  std::function<void(const base::Result<>&)> done);
  /// Whether they have been started. Any thread, once that has happened or never will.
  bool running() const { return run_ != nullptr; }

  const Metrics& metrics() const { return metrics_; }
  /// Of Web Push (RFC 8292), base64url; "" where it is not set up.
  const std::string& push_key() const { return push_key_; }

 private:
  class Run;

  Metrics metrics_;
  std::unique_ptr<Run> run_;
  std::string push_key_;
  bool stopped_ = false;
};

}  // namespace weir::apps::notifications
