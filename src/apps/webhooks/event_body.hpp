#pragma once

#include <string>

#include "base/types.hpp"
#include "proto/event.hpp"

namespace weir::apps {

/// An event as the JSON that is posted: `{"cursor","topic","event","data","time"}`, with "id",
/// "key" and "topics" where they say more. The one place where webhooks encode events.
std::string event_body(base::Epoch epoch, const proto::EventView& event);

}  // namespace weir::apps
