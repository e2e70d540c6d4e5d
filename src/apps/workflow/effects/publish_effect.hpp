#pragma once

#include "apps/workflow/effects/effect.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "hub/hub.hpp"

namespace weir::apps::workflow {

/// What a `publish` node publishes: held to what every publisher's events are, and never to the
/// server's own topics. The same for every attempt of a node (its Idempotency-Key), so that an
/// attempt whose answer a crash has lost is not published twice. kForbidden and the errors of
/// proto::validate.
base::Result<hub::PublishRequest> publish_request(const EffectRequest& request,
                                                  const base::Settings& settings);

EffectOutcome publish_outcome(const base::Result<hub::Published>& published);

}  // namespace weir::apps::workflow
