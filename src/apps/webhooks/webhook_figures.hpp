#pragma once

#include <vector>

#include "api/operations/operations.hpp"
#include "apps/webhooks/dispatcher.hpp"

namespace weir::apps {

/// Adds the webhooks' figures to those of the server. Any thread.
void add_figures(const WebhookMetrics& metrics, std::vector<api::Figure>& out);

}  // namespace weir::apps
