#pragma once

#include <memory>

#include <weir/result.hpp>
#include <weir/subscription.hpp>

#include "embed/core.hpp"

namespace weir::embed {

/// Hub::subscribe.
Result<Subscription> subscribe(const std::shared_ptr<Core>& core, const SubscribeOptions& options,
                               SubscriptionHandlers handlers);

}  // namespace weir::embed
