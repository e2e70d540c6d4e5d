#pragma once

#include <vector>

#include "apps/webhooks/dispatcher.hpp"
#include "base/figure.hpp"

namespace weir::apps {

/// Adds the webhooks' figures to those of the server. Any thread.
void add_figures(const WebhookMetrics& metrics, std::vector<base::Figure>& out);

}  // namespace weir::apps
