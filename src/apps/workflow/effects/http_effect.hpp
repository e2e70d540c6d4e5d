#pragma once

#include "apps/workflow/effects/effect.hpp"
#include "base/settings.hpp"
#include "client/interrupt.hpp"

namespace weir::apps::workflow {

/// Sends what an `http` node asks for and says what came of it: an answer whose status is not
/// expected is a failure with an output. Redirects are followed as browsers do, at most
/// kRedirectsMax, never from https to http; to another server go neither credentials nor a body.
/// Addresses that are not public are refused unless `workflow_http_private` has them. Blocks until
/// the answer is there or the interrupt is triggered; any thread.
EffectOutcome run_http(const EffectRequest& request, const base::Settings& settings,
                       const client::Interrupt& interrupt);

inline constexpr int kRedirectsMax = 5;

}  // namespace weir::apps::workflow
