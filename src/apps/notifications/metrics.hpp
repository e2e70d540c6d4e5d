#pragma once

#include <vector>

#include "base/counter.hpp"
#include "base/figure.hpp"

namespace weir::apps::notifications {

/// Counters, read by any thread.
struct Metrics {
  // Written by the log thread.
  base::Counter told;        ///< Came into an inbox.
  base::Counter duplicates;  ///< Were there already, by their key.
  base::Counter refused;     ///< As many were scheduled as there may be.
  base::Counter merged;      ///< Became part of one of their group.
  base::Counter changed;     ///< Read, archived, snoozed and so on.
  base::Counter removed;     ///< By hand, by age, or because there were too many.
  base::Counter expired;
  base::Counter alerts;
  base::Counter deliveries;  ///< Begun, through other channels.
  base::Counter broadcasts_refused;
  base::Counter cancelled;  ///< Of those: not wanted any more before they were made.
  // Written by the keeper's thread.
  base::Counter delivered;
  base::Counter attempts_failed;
  base::Counter given_up;
  base::Counter put_off;  ///< Because their user has enough under way.
  base::Counter in_flight;
  base::Counter broadcasts;  ///< Under way.
};

/// Adds the notifications' figures to those of the server. Any thread.
void add_figures(const Metrics& metrics, std::vector<base::Figure>& out);

}  // namespace weir::apps::notifications
