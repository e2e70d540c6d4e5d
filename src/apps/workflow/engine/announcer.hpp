#pragma once

#include <memory>

#include "apps/workflow/effects/effect.hpp"

namespace weir::apps::workflow {

/// Carries out what `notify` and `task` nodes say. Any thread; nothing blocks.
class Announcer {
 public:
  virtual ~Announcer() = default;
  /// The sink's `done` is called once.
  virtual void announce(EffectRequest request, std::shared_ptr<EffectSink> sink) = 0;
};

}  // namespace weir::apps::workflow
