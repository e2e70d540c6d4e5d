#pragma once

#include <memory>

#include "apps/workflow/effects/effect.hpp"
#include "hub/hub.hpp"

namespace weir::apps::workflow {

/// Carries out what `notify` and `task` nodes say. Any thread; nothing blocks.
class Announcer {
 public:
  virtual ~Announcer() = default;
  /// The sink's `done` is called once.
  virtual void announce(EffectRequest request, std::shared_ptr<EffectSink> sink) = 0;
};

/// Where no application does, publishes them: a notification as an event on
/// `notifications/<recipient>` for each recipient, a task as one on `task-feed/<owner>`, with the
/// node's `with` as data.
class HubAnnouncer final : public Announcer {
 public:
  /// `hub` outlives it.
  explicit HubAnnouncer(hub::Hub& hub) : hub_(hub) {}
  void announce(EffectRequest request, std::shared_ptr<EffectSink> sink) override;

 private:
  hub::Hub& hub_;
};

}  // namespace weir::apps::workflow
