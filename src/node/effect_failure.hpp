#pragma once

#include "apps/workflow/effects/effect.hpp"
#include "base/error.hpp"

namespace weir::node {

using apps::workflow::failure;

/// How a node of a workflow ends that another application has refused.
inline apps::workflow::EffectOutcome failure(const base::Error& error) {
  return failure(error.message(), base::info(error.code).retryable);
}

}  // namespace weir::node
