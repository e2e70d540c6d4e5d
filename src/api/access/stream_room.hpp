#pragma once

#include <optional>

#include "api/access/gate.hpp"
#include "base/error.hpp"
#include "base/settings.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// Why there is no room for one more subscriber, whatever its transport: as many as there may be
/// (kTooManySubscribers), or the server sheds load (kMemoryPressure). Counted. Nothing where there
/// is room. Any thread.
std::optional<base::Error> no_room_for_stream(hub::Hub& hub, Gate& gate,
                                              const base::Settings& settings);

}  // namespace weir::api
