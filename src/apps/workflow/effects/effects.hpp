#pragma once

#include <functional>
#include <memory>

#include "apps/workflow/effects/effect.hpp"
#include "base/clock.hpp"
#include "base/counter.hpp"
#include "base/settings.hpp"
#include "hub/hub.hpp"

namespace weir::apps::workflow {

/// Written by the runner's thread.
struct EffectMetrics {
  base::Counter waiting;
  base::Counter running;
  base::Counter processes;
  base::Counter started;
  base::Counter succeeded;
  base::Counter failed;
  base::Counter cancelled;
  base::Counter timed_out;
  base::Counter refused;   ///< Because as many wait as may.
  base::Counter killed;    ///< Commands that did not end by SIGTERM.
  base::Counter logs_cut;  ///< Attempts whose log was longer than it may be.
};

/// The effects of a server: commands on the runner's own thread, which waits for all of them at
/// once; requests and scripts on workers; publishes by the hub. As many of a kind as the settings
/// say, the others wait in order. What an attempt says is masked before it leaves.
class Effects final : public EffectRunner {
 public:
  struct Environment {
    /// Asked for every attempt; any thread.
    std::function<std::shared_ptr<const base::Settings>()> settings;
    const base::Clock* clock = &base::system_clock();
    /// hub::Hub::publish_now.
    std::function<void(hub::PublishRequest, hub::Hub::PublishDone)> publish;
  };

  /// That of a server: its hub outlives the run, which is until `stop`.
  static Environment of(hub::Hub& hub);

  explicit Effects(Environment environment);
  /// As `stop`.
  ~Effects() override;
  Effects(const Effects&) = delete;
  Effects& operator=(const Effects&) = delete;

  void start(EffectRequest request, std::shared_ptr<EffectSink> sink) override;
  void cancel(const EffectId& id) override;

  /// Breaks everything off: processes are killed with their groups, requests and scripts
  /// interrupted. Waits for no other side. No sink is called once this returns. Once, by one
  /// thread.
  void stop();

  const EffectMetrics& metrics() const;

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

}  // namespace weir::apps::workflow
