#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/tracing.hpp"
#include "hub/hub.hpp"

namespace weir::hub {

/// The span of one publish: from the request to its answer. Events carry it on to whoever gets
/// them. Moved along with the request; one thread at a time.
class PublishTrace {
 public:
  /// Gives the request's events their trace: the publish's own span where one is recorded (the
  /// publisher's trace is sampled, or this is one of the few that begin one), else the publisher's.
  /// The publisher's is the request's, else its first event's; an event of another trace keeps
  /// that. Nothing when no span is to be recorded. `tracer` may be null.
  static std::optional<PublishTrace> begin(base::Tracer* tracer, const base::Clock& clock,
                                           PublishRequest& request);

  /// Records the span. Once.
  void end(const base::Result<Published>& outcome);

 private:
  PublishTrace(base::Tracer& tracer, const base::Clock& clock) : tracer_(&tracer), clock_(&clock) {}

  base::Tracer* tracer_;
  const base::Clock* clock_;
  base::Clock::Steady began_;
  base::Span span_;
};

}  // namespace weir::hub
