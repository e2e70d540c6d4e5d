#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apps/webhooks/dispatcher.hpp"
#include "apps/webhooks/signer.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "base/task.hpp"
#include "client/interrupt.hpp"
#include "hub/hub.hpp"

namespace weir::apps {

/// The webhooks of a server: a dispatcher on a thread of its own, and workers, each of which makes
/// one attempt at a time. They read the log as subscribers do, and touch no shard: a receiver that
/// is slow costs a worker and nothing else.
///
/// Any thread may call everything but the constructor, `start` and `stop`, which are the main
/// thread's.
class Webhooks {
 public:
  Webhooks();
  /// After the log, which may report to it until then.
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  /// Reads the keys and certificates that the settings name, and begins. `hub` must be attached to
  /// its log; it outlives the webhooks' run, which is until `stop`. kBadConfiguration.
  base::Result<> start(hub::Hub& hub, const base::Settings& settings);
  /// Takes over changed [[webhook]] tables. kBadConfiguration: nothing has changed.
  base::Result<> reconfigure(const base::Settings& settings);
  /// Breaks off what is under way (it is done again after the next start), submits the cursors to
  /// the log, and ends the threads. Waits for no receiver.
  void stop();

  const WebhookMetrics& metrics() const { return metrics_; }
  /// `done` gets the hooks on the dispatcher's thread; not called once the webhooks have stopped.
  void status(std::function<void(std::vector<HookStatus>)> done);
  /// `done` gets whether there is such a hook, on the dispatcher's thread.
  void switch_hook(std::string name, bool on, std::function<void(bool)> done);

 private:
  class Run;

  base::Result<std::vector<std::shared_ptr<const Receiver>>> receivers(
      const base::Settings& settings) const;

  WebhookMetrics metrics_;
  std::optional<SigningKey> key_;
  std::unique_ptr<Run> run_;
  std::atomic<bool> active_{false};
  bool stopped_ = false;
};

}  // namespace weir::apps
