#pragma once

#include <cstddef>

#include "apps/workflow/workflows.hpp"

namespace weir::server {

/// Executes the shipped workflow `product-card` for the user `demo`, of the `n`-th of some goods,
/// so that the task feed and the bell have something to show; takes the workflow up first where
/// there is none of that name. Any thread.
void run_demo_card(apps::workflow::Workflows& workflows, std::size_t n);

}  // namespace weir::server
