#include "api/access/stream_room.hpp"

#include <fmt/format.h>

namespace weir::api {

std::optional<base::Error> no_room_for_stream(hub::Hub& hub, Gate& gate,
                                              const base::Settings& settings) {
  const bool full = hub.subscribers() >= settings.subscribers_max;
  const bool shedding = gate.pressure() >= Pressure::kNoStreams;
  if (full) hub.count_refused();
  if (shedding) gate.count_shed();
  if (full) {
    return base::make_error(base::ErrorCode::kTooManySubscribers,
                            fmt::format("the limit is {}", settings.subscribers_max));
  }
  if (shedding) return base::make_error(base::ErrorCode::kMemoryPressure);
  return std::nullopt;
}

}  // namespace weir::api
