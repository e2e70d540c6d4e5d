#pragma once

#include <vector>

#include "apps/workflow/effects/effects.hpp"
#include "base/figure.hpp"

namespace weir::apps::workflow {

/// Adds the effects' figures to those of the server. Any thread.
void add_figures(const EffectMetrics& metrics, std::vector<base::Figure>& out);

}  // namespace weir::apps::workflow
