#include "apps/notifications/metrics.hpp"

namespace weir::apps::notifications {

void add_figures(const Metrics& metrics, std::vector<base::Figure>& out) {
  const auto counter = [&](std::string_view name, std::string_view help, const base::Counter& n) {
    out.push_back({name, true, help, n.get()});
  };
  const auto gauge = [&](std::string_view name, std::string_view help, const base::Counter& n) {
    out.push_back({name, false, help, n.get()});
  };
  counter("weir_notifications_total", "Notifications that came into an inbox.", metrics.told);
  counter("weir_notification_duplicates_total",
          "Notifications left out because their dedupeKey was there.", metrics.duplicates);
  counter("weir_notification_refused_total",
          "Scheduled notifications refused because their user had notifications_per_user_max.",
          metrics.refused);
  counter("weir_notification_merged_total",
          "Notifications that became part of an unread one of their group.", metrics.merged);
  counter("weir_notification_changes_total",
          "Changes to notifications: read, archived, snoozed and so on.", metrics.changed);
  counter("weir_notification_removed_total",
          "Notifications removed by hand, by age, or because an inbox was full.", metrics.removed);
  counter("weir_notification_expired_total", "Notifications removed at their expiresAt.",
          metrics.expired);
  counter("weir_notification_alerts_total", "Alerts shown to whoever was connected.",
          metrics.alerts);
  counter("weir_notification_deliveries_total", "Deliveries begun through other channels.",
          metrics.deliveries);
  counter("weir_notification_cancelled_total",
          "Deliveries that were not wanted any more before a channel took them.",
          metrics.cancelled);
  counter("weir_notification_delivered_total", "Deliveries that a channel took.",
          metrics.delivered);
  counter("weir_notification_attempts_failed_total", "Attempts to deliver that failed.",
          metrics.attempts_failed);
  counter("weir_notification_given_up_total", "Deliveries given up.", metrics.given_up);
  counter("weir_notification_put_off_total",
          "Deliveries put off because their user had as many under way as one may have.",
          metrics.put_off);
  counter("weir_notification_broadcasts_refused_total",
          "Broadcasts refused because too many were under way.", metrics.broadcasts_refused);
  gauge("weir_notification_in_flight", "Deliveries under way, or waiting for a worker.",
        metrics.in_flight);
  gauge("weir_notification_broadcasts", "Broadcasts that have not reached everybody yet.",
        metrics.broadcasts);
}

}  // namespace weir::apps::notifications
