#pragma once

#include <string>

#include "base/types.hpp"
#include "proto/event.hpp"

namespace weir::apps {

/// An event as the JSON that is posted: the one of polls and WebSocket (proto/event_json.hpp).
std::string event_body(base::Epoch epoch, const proto::EventView& event);

}  // namespace weir::apps
