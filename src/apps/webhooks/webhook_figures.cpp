#include "apps/webhooks/webhook_figures.hpp"

namespace weir::apps {

void add_figures(const WebhookMetrics& metrics, std::vector<base::Figure>& out) {
  out.push_back({"weir_webhooks", false, "Webhooks that are configured.", metrics.hooks.get()});
  out.push_back({"weir_webhooks_disabled", false,
                 "Of these, switched off by their receiver (410) or an operator.",
                 metrics.disabled.get()});
  out.push_back({"weir_webhook_in_flight", false, "Attempts under way, or waiting for a worker.",
                 metrics.in_flight.get()});
  out.push_back({"weir_webhook_pending", false, "Events taken in and not yet delivered.",
                 metrics.pending.get()});
  out.push_back({"weir_webhook_delivered_total", true, "Events delivered to webhooks.",
                 metrics.delivered.get()});
  out.push_back(
      {"weir_webhook_failures_total", true, "Attempts that failed.", metrics.failures.get()});
  out.push_back({"weir_webhook_dead_letters_total", true,
                 "Events given up and put among the dead letters.", metrics.dead_letters.get()});
  out.push_back({"weir_webhook_gaps_total", true,
                 "Times that retention had taken events before a webhook got them.",
                 metrics.gaps.get()});
}

}  // namespace weir::apps
