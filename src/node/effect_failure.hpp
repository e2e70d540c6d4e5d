#pragma once

#include <string>
#include <utility>

#include "apps/workflow/effects/effect.hpp"
#include "base/error.hpp"

namespace weir::node {

/// How a node of a workflow ends that another application has refused.
inline apps::workflow::EffectOutcome failure(std::string why, bool retryable = false) {
  apps::workflow::EffectOutcome outcome;
  outcome.error = std::move(why);
  outcome.retryable = retryable;
  return outcome;
}
inline apps::workflow::EffectOutcome failure(const base::Error& error) {
  return failure(error.message(), base::info(error.code).retryable);
}

}  // namespace weir::node
