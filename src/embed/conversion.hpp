#pragma once

#include <span>
#include <vector>

#include <weir/event.hpp>
#include <weir/subscription.hpp>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "hub/hub.hpp"
#include "hub/subscriber.hpp"
#include "proto/event.hpp"

namespace weir::embed {

/// A program's events as the hub takes them: valid. kBadTopic, kBadEvent, kEventTooLarge …
base::Result<std::vector<proto::Event>> to_hub(std::vector<Event> events,
                                               const base::Settings& settings);

/// `head`: where the log stands, for events that have no place in it.
Published to_public(const hub::Published& published, base::Sequence head);

/// What a subscriber of the program's asks for, but for its transport. kBadTopic, kBadSelector,
/// kTooManyTopics, kBadFilter, kBadFields.
base::Result<hub::SubscribeRequest> to_hub(const SubscribeOptions& options,
                                           const base::Settings& settings);

}  // namespace weir::embed
