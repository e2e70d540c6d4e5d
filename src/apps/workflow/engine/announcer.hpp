#pragma once

#include <memory>
#include <string>

#include "apps/workflow/effects/effect.hpp"

namespace weir::apps::workflow {

/// Carries out what `notify` and `task` nodes say, outside of the engine. Any thread; nothing
/// blocks.
class Announcer {
 public:
  virtual ~Announcer() = default;
  /// The sink's `done` is called once.
  virtual void announce(EffectRequest request, std::shared_ptr<EffectSink> sink) = 0;
  /// An execution has ended, and that is durable. Once, unless the server dies in between.
  virtual void ended(const std::string& execution) = 0;
};

}  // namespace weir::apps::workflow
